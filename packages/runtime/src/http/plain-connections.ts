import type { Cancel } from '@spotproof/core';
import type { Connection } from './connection.ts';

/**
 * The connections of a server that speaks a protocol of its own: each is open work until it ends. One that is closed without having sent anything is
 * no traffic: that is how a Network Load Balancer checks health (NLB: "TCP health checks").
 */
export class PlainConnections {
  readonly #came: (connection: Connection) => void;
  readonly #undecided = new Map<Connection, Cancel>();

  constructor(options: { readonly came: (connection: Connection) => void }) {
    this.#came = options.came;
  }

  carry(connection: Connection): void {
    const { socket } = connection;
    connection.upgradedBy = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    const timer = setTimeout(() => this.#decide(connection, true), CHECK_IS_OVER_MS);
    // It must not keep a process alive that has nothing else to do.
    timer.unref();
    this.#undecided.set(connection, () => clearTimeout(timer));
    socket.once('close', () => this.#decide(connection, socket.bytesRead > 0));
  }

  /** It is no connection of this server any more. */
  forget(connection: Connection): void {
    this.#decide(connection, false);
  }

  #decide(connection: Connection, isTraffic: boolean): void {
    const cancel = this.#undecided.get(connection);
    if (cancel === undefined) return;
    this.#undecided.delete(connection);
    cancel();
    if (isTraffic) this.#came(connection);
  }
}

/** Who stays longer than this is no health check. */
const CHECK_IS_OVER_MS = 1_000;

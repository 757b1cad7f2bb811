import { epochNow } from '../epoch.ts';
import { KeepAliveAim } from './keep-alive-aim.ts';
import type { BalancerConfig, TargetAddress } from './protocol.ts';
import { TargetConnection, type ResponseReceiver, type TargetConnectionOwner } from './target-connection.ts';

/** A request in want of a connection. */
export interface Borrower extends ResponseReceiver {
  readonly method: string;
  /** `payload` when the client cannot take chunks. */
  readonly body: 'wire' | 'payload';
  /** Later than the call of {@link TargetPool.lease}, when that returned nothing. */
  onLent(connection: TargetConnection): void;
}

export interface TargetPoolOptions {
  readonly target: TargetAddress;
  readonly config: BalancerConfig;
  readonly localAddress: string | undefined;
  readonly readBuffer: Buffer;
  readonly onLocalFailure: (error: NodeJS.ErrnoException) => void;
}

/** The connections of one node to one target. The connection that became idle last is used first; nothing limits their number. */
export class TargetPool implements TargetConnectionOwner {
  readonly target: TargetAddress;
  /** `host:port`. */
  readonly targetName: string;
  readonly #options: TargetPoolOptions;
  readonly #aim: KeepAliveAim | undefined;
  readonly #all = new Set<TargetConnection>();
  readonly #idle: TargetConnection[] = [];
  readonly #held = new Map<TargetConnection, Held>();

  constructor(options: TargetPoolOptions) {
    this.#options = options;
    this.target = options.target;
    this.targetName = `${options.target.host}:${options.target.port}`;
    this.#aim = options.config.adversary === 'keep-alive' ? new KeepAliveAim() : undefined;
  }

  /** An idle connection or a new one; undefined when the request is held for a connection and `onLent` follows. */
  lease(borrower: Borrower, now: number): TargetConnection | undefined {
    const idle = borrower.body === 'wire' ? this.#takeIdle(borrower, now) : undefined;
    if (idle === 'held') return undefined;
    const connection = idle ?? this.#open(borrower.body);
    connection.lend(borrower, borrower.method);
    return connection;
  }

  /** Takes a connection back after its request; a spent one is closed. */
  release(connection: TargetConnection, now: number): void {
    connection.giveBack(now);
    if (connection.reusable) this.#idle.push(connection);
    else connection.destroy();
  }

  /** The request that was held no longer wants its connection. */
  cancelHold(borrower: Borrower): void {
    for (const [connection, held] of this.#held) {
      if (held.borrower !== borrower) continue;
      clearTimeout(held.timer);
      this.#held.delete(connection);
      this.#idle.push(connection);
    }
  }

  /** Closes what has been idle for the balancer's own idle timeout. What a target hints about its own is ignored, as ALB does. */
  sweep(now: number): void {
    const oldest = now - this.#options.config.idleTimeoutMs;
    for (const connection of this.#idle.filter(({ lastActivityAt }) => lastActivityAt <= oldest)) connection.destroy();
  }

  destroy(): void {
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
    for (const connection of this.#all) connection.destroy();
  }

  onFinArrived(connection: TargetConnection): void {
    const held = this.#held.get(connection);
    if (held === undefined) return;
    this.#aim?.learn(epochNow() - connection.lastActivityAt);
    this.#lendHeld(connection, held);
  }

  onIdleClosed(_connection: TargetConnection, idleMs: number): void {
    this.#aim?.learn(idleMs);
  }

  onClosed(connection: TargetConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    const held = this.#held.get(connection);
    if (held === undefined) return;
    // Reset while a request was held for it: it goes elsewhere, for not a byte of it was sent.
    clearTimeout(held.timer);
    this.#held.delete(connection);
    const fresh = this.#open('wire');
    fresh.lend(held.borrower, held.borrower.method);
    held.borrower.onLent(fresh);
  }

  onLocalFailure(error: NodeJS.ErrnoException): void {
    this.#options.onLocalFailure(error);
  }

  #takeIdle(borrower: Borrower, now: number): TargetConnection | 'held' | undefined {
    if (this.#aim === undefined) return this.#idle.pop();
    const aim = this.#aim.choose(this.#idle, now);
    if (aim.kind === 'fresh') return undefined;
    this.#idle.splice(this.#idle.indexOf(aim.connection), 1);
    if (aim.kind === 'now') {
      // It crosses with our request all the same, so the close still tells how long this target keeps connections.
      if (aim.connection.phase === 'fin-arrived') this.#aim.learn(now - aim.connection.lastActivityAt);
      return aim.connection;
    }
    const { connection, holdMs } = aim;
    const held: Held = { borrower, timer: setTimeout(() => this.#lendHeld(connection, held), holdMs) };
    this.#held.set(connection, held);
    return 'held';
  }

  #lendHeld(connection: TargetConnection, held: Held): void {
    clearTimeout(held.timer);
    this.#held.delete(connection);
    connection.lend(held.borrower, held.borrower.method);
    held.borrower.onLent(connection);
  }

  #open(body: 'wire' | 'payload'): TargetConnection {
    const { target, config, localAddress, readBuffer } = this.#options;
    const connection = new TargetConnection({ target, localAddress, readBuffer, finLagMs: config.finLagMs, body, owner: this });
    this.#all.add(connection);
    return connection;
  }
}

interface Held {
  readonly borrower: Borrower;
  readonly timer: NodeJS.Timeout;
}

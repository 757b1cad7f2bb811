import type { Server as NetServer } from 'node:net';
import type { Connection } from '../http/connection.ts';
import type { GuardedServer } from '../http/guarded-server.ts';

/** All guarded servers of the process, and what is open on them together. */
export class GuardedServers {
  readonly #guards = new Set<GuardedServer>();
  readonly #guardOf = new WeakMap<NetServer, GuardedServer>();

  [Symbol.iterator](): Iterator<GuardedServer> {
    return this.#guards[Symbol.iterator]();
  }

  find(server: NetServer): GuardedServer | undefined {
    return this.#guardOf.get(server);
  }

  add(guard: GuardedServer): void {
    this.#guardOf.set(guard.server, guard);
    this.#guards.add(guard);
  }

  /** It was closed; should it listen again, it comes back by {@link add}. */
  remove(guard: GuardedServer): void {
    this.#guards.delete(guard);
  }

  get isAnyListening(): boolean {
    for (const { server } of this.#guards) if (server.listening) return true;
    return false;
  }

  /** Requests other than health checks, as the connections tell. */
  get requestsInFlight(): number {
    return this.#sum((guard) => guard.requestsInFlight);
  }

  get upgradedCount(): number {
    return this.#sum((guard) => guard.upgradedCount);
  }

  get connectionCount(): number {
    return this.#sum((guard) => guard.connections.size);
  }

  *connections(): Generator<Connection> {
    for (const guard of this.#guards) yield* guard.connections;
  }

  #sum(figure: (guard: GuardedServer) => number): number {
    let sum = 0;
    for (const guard of this.#guards) sum += figure(guard);
    return sum;
  }
}

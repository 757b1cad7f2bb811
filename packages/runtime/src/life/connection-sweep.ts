import type { Cancel, Clock } from '@spotproof/core';
import type { GuardedServer } from '../http/guarded-server.ts';
import { idleLoopTurns } from '../http/loop-turns.ts';

export interface SweepOptions {
  readonly clock: Clock;
  readonly guards: Iterable<GuardedServer>;
  /** True when nothing is open that keeps the process here. */
  isIdle(): boolean;
  /** Changes with each accept and request. */
  activity(): number;
}

/**
 * Ends the connections that nobody uses, once the listeners are closed and nothing else is open. As long as anything is, they stay: a balancer may
 * send its next request on any of them.
 */
export class ConnectionSweep {
  readonly #options: SweepOptions;
  #closedAt = 0;
  #running = false;
  #cancelNext: Cancel = () => {};

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  listenersClosed(): void {
    this.#closedAt = this.#options.clock.now();
  }

  begin(): void {
    if (this.#running || !this.#options.isIdle()) return;
    this.#running = true;
    this.#cancelNext();
    void this.#lookAndSweep();
  }

  async #lookAndSweep(): Promise<void> {
    const { clock } = this.#options;
    // What the kernel has received already is no idle connection: let the loop read it first.
    await idleLoopTurns({ turns: 3, boundMs: 100, activity: () => this.#options.activity(), now: () => clock.now() });
    this.#running = false;
    if (this.#options.isIdle()) this.#sweep();
  }

  #sweep(): void {
    const { clock, guards } = this.#options;
    const now = clock.now();
    let nextAt = Infinity;
    for (const guard of guards) {
      guard.closeIdle();
      // What is left never sent a byte, or half a head. It had its chance; one that came just now gets it still.
      for (const { socket, acceptedAt } of guard.connections) {
        const graceEndsAt = Math.max(acceptedAt, this.#closedAt) + GRACE_MS;
        if (graceEndsAt <= now) socket.destroy();
        else if (!socket.destroyed) nextAt = Math.min(nextAt, graceEndsAt);
      }
    }
    if (nextAt !== Infinity) this.#cancelNext = clock.schedule(nextAt - now, () => this.begin());
  }
}

const GRACE_MS = 1_000;

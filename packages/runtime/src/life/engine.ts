import type { Cancel, Clock } from '@spotproof/core';
import { DRAIN_PHASES, initialDrainState, step, type DrainEffect, type DrainInput, type DrainPhase, type DrainState } from '@spotproof/core/drain';

export interface EngineOptions {
  readonly clock: Clock;
  perform(effect: DrainEffect): void;
  entered(phase: DrainPhase, state: DrainState): void;
  /** Lets the loop read what waits in the kernel, then calls `then`. */
  lookFirst(then: () => void): void;
}

/** An input without its instant, which the engine adds. */
export type TimelessInput = DrainInput extends infer One ? (One extends DrainInput ? Omit<One, 'at'> : never) : never;

/** Feeds the pure life cycle with inputs and time, one at a time, and has its effects performed. Decides nothing. */
export class DrainEngine {
  readonly #options: EngineOptions;
  readonly #queue: DrainInput[] = [];
  #running = false;
  #state = initialDrainState;
  #wake: { readonly at: number; readonly cancel: Cancel } | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get state(): DrainState {
    return this.#state;
  }

  /** When this instant of the schedule comes, on the clock; undefined while nothing drains. */
  instantOf(name: 'destroyMs' | 'releaseMs' | 'exitMs'): number | undefined {
    const { startedAt, schedule } = this.#state;
    return startedAt === undefined || schedule === undefined ? undefined : startedAt + schedule[name];
  }

  send(input: TimelessInput): void {
    this.#queue.push({ ...input, at: this.#options.clock.now() });
    // Effects may send inputs; they wait for their turn, so that effects happen in the order in which they were decided.
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#apply(next);
    } finally {
      this.#running = false;
    }
  }

  #apply(input: DrainInput): void {
    const before = this.#state;
    const { state, effects, wakeAt } = step(before, input);
    this.#state = state;
    for (const phase of DRAIN_PHASES) {
      if (before.enteredMs[phase] === undefined && state.enteredMs[phase] !== undefined) this.#options.entered(phase, state);
    }
    for (const effect of effects) this.#options.perform(effect);
    this.#arm(wakeAt);
  }

  #arm(wakeAt: number | undefined): void {
    // A timer that is too early only ticks once more than needed: cheaper than a new timer for each request of the linger.
    if (wakeAt !== undefined && this.#wake !== undefined && this.#wake.at <= wakeAt) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (wakeAt === undefined) return;
    const cancel = this.#options.clock.schedule(wakeAt - this.#options.clock.now(), () => {
      this.#wake = undefined;
      // After a stall a timer runs before the sockets are read: silence until now may be requests that nobody has looked at.
      if (this.#state.phase === 'lingering') this.#options.lookFirst(() => this.send({ type: 'tick' }));
      else this.send({ type: 'tick' });
    });
    this.#wake = { at: wakeAt, cancel };
  }
}

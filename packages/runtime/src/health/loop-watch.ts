import type { Clock } from '@spotproof/core';
import { loopView, STALL_RULES, type LateTurn, type LoopView } from '@spotproof/core/health';
import { systemClock } from '../process/system-clock.ts';

/** Measures how late the event loop turns, twice a second, by a timer that does not keep the process alive. */
export class LoopWatch {
  readonly #clock: Clock;
  #late: LateTurn[] = [];
  #dueAt: number;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#dueAt = clock.now() + EVERY_MS;
    this.#schedule();
  }

  view(): LoopView {
    return loopView(this.#late, this.#dueAt, this.#clock.now());
  }

  #schedule(): void {
    this.#clock.schedule(EVERY_MS, () => {
      const at = this.#clock.now();
      const lateMs = at - this.#dueAt;
      // Only what counts is kept, and only for as long as it counts: at most one entry for each second of the window.
      if (lateMs >= STALL_RULES.stallMs) this.#late = [...this.#late.filter((turn) => turn.at > at - STALL_RULES.windowMs), { at, lateMs }];
      this.#dueAt = at + EVERY_MS;
      this.#schedule();
    });
  }
}

/** One for the process, begun with the first server that answers for it. */
export function sharedLoopWatch(): LoopWatch {
  shared ??= new LoopWatch();
  return shared;
}

const EVERY_MS = 500;
let shared: LoopWatch | undefined;

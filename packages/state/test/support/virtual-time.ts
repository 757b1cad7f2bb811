import { setImmediate as turn } from 'node:timers/promises';
import { VirtualClock, type Cancel, type Clock } from '@spotproof/core';

/** One time for a store and for those who use it, which moves only when told to. */
export class VirtualTime {
  /** Began long ago, so that epochs look like real ones. */
  readonly clock = new VirtualClock(1_700_000_000_000);

  readonly now = (): number => this.clock.now();

  /** Lets all that can happen now happen. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 5; turns += 1) await turn();
  }

  /** Goes through the next `ms`, and lets what each timer begins come to its end before the next one is due. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (;;) {
      await this.settle();
      const next = this.clock.nextAt;
      if (next === undefined || next > until) break;
      this.clock.advance(Math.max(0, next - this.clock.now()));
    }
    this.clock.advance(until - this.clock.now());
    await this.settle();
  }
}

/** The clock of one process that can be stopped: time goes on, its timers all run late. */
export class ProcessClock implements Clock {
  readonly #time: Clock;
  #held: (() => void)[] | undefined;

  constructor(time: Clock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    let isCancelled = false;
    const run = (): void => {
      if (isCancelled) return;
      if (this.#held === undefined) callback();
      else this.#held.push(run);
    };
    const cancel = this.#time.schedule(delayMs, run);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  stop(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) run();
  }
}

/** Stops what it was handed out for; calling it again does nothing. */
export type Cancel = () => void;

/** Where time comes from. The only other sources of time are the implementations of this. */
export interface Clock {
  /** Milliseconds since an origin of the clock's own; never goes backwards. */
  now(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now. Negative delays count as zero. */
  schedule(delayMs: number, callback: () => void): Cancel;
}

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** A clock that moves only when told to. Callbacks of one instant run in the order in which they were scheduled. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #pending: Timer[] = [];

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence++, callback };
    this.#pending.push(timer);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== timer);
    };
  }

  /** Moves time forward by `ms`, running everything that falls due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#earliest();
      if (due === undefined || due.at > until) break;
      this.#pending = this.#pending.filter((other) => other !== due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = until;
  }

  /** The instant of the next callback, or undefined when nothing is scheduled. */
  get nextAt(): number | undefined {
    return this.#earliest()?.at;
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#pending) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.sequence < first.sequence)) first = timer;
    }
    return first;
  }
}

/** Calls that wait for an answer, all for the same time. One timer for all of them: there is a call every few microseconds, and hardly ever one that is late. */
export class Deadlines {
  readonly #timeoutMs: number;
  // From the first that was sent on, which is also the first to be late.
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #isTimed = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** @param tooLate Called once after the time, unless it is removed before. */
  add(tooLate: () => void): Waiting {
    const waiting: Waiting = { at: performance.now() + this.#timeoutMs, tooLate, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    if (!this.#isTimed) this.#time(this.#timeoutMs);
    return waiting;
  }

  /** To be called once for each. */
  remove({ before, after }: Waiting): void {
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }

  #time(ms: number): void {
    this.#isTimed = true;
    // The connection that the answer is to come from keeps the process alive.
    setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    this.#isTimed = false;
    const now = performance.now();
    while (this.#first !== undefined && this.#first.at <= now) {
      const waiting = this.#first;
      this.remove(waiting);
      waiting.tooLate();
    }
    if (this.#first !== undefined) this.#time(this.#first.at - now);
  }
}

interface Waiting {
  readonly at: number;
  readonly tooLate: () => void;
  before: Waiting | undefined;
  after: Waiting | undefined;
}

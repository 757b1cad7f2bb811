/** When the last requests came, for the figures that decide how long to linger. Costs one store per request. */
export class TrafficLog {
  readonly #times = new Float64Array(REMEMBERED);
  #count = 0;

  note(now: number): void {
    this.#times[this.#count & (REMEMBERED - 1)] = now;
    this.#count += 1;
  }

  before(now: number): { readonly requests: number; readonly meanGapMs: number | undefined; readonly lastRequestAgoMs: number | undefined } {
    const requests = Math.min(this.#count, REMEMBERED);
    if (requests === 0) return { requests, meanGapMs: undefined, lastRequestAgoMs: undefined };
    const last = this.#time(this.#count - 1);
    const meanGapMs = requests < 2 ? undefined : (last - this.#time(this.#count - requests)) / (requests - 1);
    return { requests, meanGapMs, lastRequestAgoMs: now - last };
  }

  #time(index: number): number {
    return this.#times[index & (REMEMBERED - 1)] ?? 0;
  }
}

/** A power of two: the index wraps by masking. */
const REMEMBERED = 64;

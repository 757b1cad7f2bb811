/** Passes things on in order, each no sooner than its delay after it came. With a delay of 0 and nothing waiting, at once. */
export class DelayLine {
  readonly #waiting: { readonly dueAt: number; readonly octets: number; readonly act: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #octets = 0;

  /** Octets that wait. */
  get octets(): number {
    return this.#octets;
  }

  add(act: () => void, { delayMs, octets }: { readonly delayMs: number; readonly octets: number }): void {
    if (delayMs <= 0 && this.#waiting.length === 0) {
      act();
      return;
    }
    this.#waiting.push({ dueAt: performance.now() + delayMs, octets, act });
    this.#octets += octets;
    this.#arm();
  }

  /** Forgets what waits. */
  destroy(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#octets = 0;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#waiting[0];
    if (first !== undefined) this.#timer = setTimeout(() => this.#release(), Math.max(1, Math.ceil(first.dueAt - performance.now())));
  }

  #release(): void {
    const now = performance.now();
    for (let first = this.#waiting[0]; first !== undefined && first.dueAt <= now; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#octets -= first.octets;
      first.act();
    }
    this.#arm();
  }
}

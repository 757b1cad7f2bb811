import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late this process ran its timers: what says whether its figures can be believed. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #maxMs = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** The longest delay since the last call, in milliseconds. */
  take(): number {
    const { max, count } = this.#histogram;
    this.#histogram.reset();
    const lastMs = count === 0 ? 0 : Math.max(0, max / 1e6 - RESOLUTION_MS);
    this.#maxMs = Math.max(this.#maxMs, lastMs);
    return lastMs;
  }

  /** The longest delay of all, in milliseconds. */
  takeMax(): number {
    this.take();
    return this.#maxMs;
  }

  stop(): void {
    this.#histogram.disable();
  }
}

const RESOLUTION_MS = 20;

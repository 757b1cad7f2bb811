/** Wakes those who wait for something that becomes true as events come in. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Something happened: everyone who waits looks again. */
  notify(): void {
    for (const look of this.#waiting) look();
  }

  /**
   * Resolves to true as soon as `condition` holds, to false when it does not within `budgetMs`. Rejects with the signal's reason when that is aborted.
   */
  until(condition: () => boolean, options: { readonly budgetMs: number; readonly signal: AbortSignal }): Promise<boolean> {
    const { budgetMs, signal } = options;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#waiting.delete(look);
        clearTimeout(deadline);
        signal.removeEventListener('abort', stop);
        act();
      };
      const look = (): void => {
        if (condition()) settle(() => resolve(true));
      };
      const stop = (): void => settle(() => reject(signal.reason));
      const deadline = setTimeout(() => settle(() => resolve(condition())), Math.min(Math.max(0, budgetMs), MAX_TIMEOUT_MS));
      if (signal.aborted) {
        stop();
        return;
      }
      this.#waiting.add(look);
      signal.addEventListener('abort', stop, { once: true });
      look();
    });
  }
}

/** The longest that `setTimeout` takes without falling back to 1 ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

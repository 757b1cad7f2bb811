/** Lets who stops a node wait until its last connection has ended, but not for ever. */
export class Quiet {
  #onReached: (() => void) | undefined;

  /** The last connection has ended. */
  reached(): void {
    this.#onReached?.();
  }

  /** Resolves when that happens, and after `graceMs` in any case. */
  wait(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onReached = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

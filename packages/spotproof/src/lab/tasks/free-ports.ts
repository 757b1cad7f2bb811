import { findFreePort } from './free-port.ts';

/** Hands out ports that are free, and none twice. */
export class FreePorts {
  readonly #taken = new Set<number>();

  async take(): Promise<number> {
    for (;;) {
      const port = await findFreePort(this.#taken);
      // Another start may have found the same one meanwhile.
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      return port;
    }
  }

  /** Nothing listens on it any more. */
  giveBack(port: number): void {
    this.#taken.delete(port);
  }
}

import { findFreePort } from './free-port.ts';
import { lockPort } from './port-lock.ts';

/** Hands out ports that are free, and none twice, whatever other labs run on this machine. */
export class FreePorts {
  readonly #taken = new Set<number>();
  readonly #unlock = new Map<number, () => void>();

  async take(): Promise<number> {
    for (;;) {
      const port = await findFreePort(this.#taken);
      // Another start may have found the same one meanwhile.
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      const unlock = await lockPort(port);
      if (unlock !== undefined) {
        this.#unlock.set(port, unlock);
        return port;
      }
      this.#taken.delete(port);
    }
  }

  /** Nothing listens on it any more, but this lab tells its tasks apart by their ports: other labs may have it, this one may not. */
  retire(port: number): void {
    this.#unlock.get(port)?.();
    this.#unlock.delete(port);
  }

  /** Nothing listens on it any more. */
  giveBack(port: number): void {
    this.retire(port);
    this.#taken.delete(port);
  }
}

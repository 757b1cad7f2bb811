import type { ForeignHold } from '../life/foreign-hold.ts';
import type { HeldItem } from '../life/report.ts';
import { callerLocation } from '../process/caller.ts';
import type { HandledSignal } from '../process/door.ts';
import { interceptExit } from '../process/exit-hold.ts';
import { foreignListeners, interceptSignals } from '../process/signal-hold.ts';

/**
 * Holds the app's own signal listeners and `process.exit` calls until the drain is done. The usual handler closes the server and exits the moment
 * SIGTERM comes, which is exactly what loses requests.
 */
export class AppHold implements ForeignHold {
  readonly #now: () => number;
  readonly #held: HeldItem[] = [];
  #state: 'serving' | 'holding' | 'released' | 'ended' = 'serving';
  #startedAt = 0;
  #onExit: (code: number | undefined) => void = () => {};

  constructor(options: { readonly now: () => number; signalled(signal: HandledSignal): boolean }) {
    this.#now = options.now;
    interceptSignals((signal) => options.signalled(signal));
    interceptExit((code) => this.#holdsExit(code));
  }

  get held(): readonly HeldItem[] {
    return [...this.#held];
  }

  begin(now: number): void {
    this.#startedAt = now;
    this.#state = 'holding';
  }

  note(item: Omit<HeldItem, 'afterMs'>): void {
    if (this.#held.length < MOST_HELD_NAMED) this.#held.push({ ...item, afterMs: Math.round(this.#now() - this.#startedAt) });
  }

  release(signal: HandledSignal | undefined, onExit: (code: number | undefined) => void): number {
    this.#onExit = onExit;
    this.#state = 'released';
    if (signal === undefined) return 0;
    const listeners = foreignListeners(signal);
    for (const { name, at } of listeners) this.note({ what: `${signal} listener`, detail: name === '' ? 'anonymous' : name, at });
    // Each on its own: one that throws fails as it would have without us, and the others are called all the same.
    for (const listener of listeners) queueMicrotask(() => listener.run());
    return listeners.length;
  }

  end(): void {
    this.#state = 'ended';
  }

  #holdsExit(code: number | undefined): boolean {
    if (this.#state === 'serving' || this.#state === 'ended') return false;
    if (this.#state === 'released') {
      this.#onExit(code);
      return true;
    }
    this.note({ what: 'process.exit', detail: String(code ?? 0), at: callerLocation() });
    return true;
  }
}

const MOST_HELD_NAMED = 100;

import type { HandledSignal } from '../process/door.ts';
import type { HeldItem } from './report.ts';

/** What the app itself would do about its end, held back until the drain is done. */
export interface ForeignHold {
  readonly held: readonly HeldItem[];
  /** From now on `process.exit` does not exit. */
  begin(now: number): void;
  note(item: Omit<HeldItem, 'afterMs'>): void;
  /** Runs the app's listeners for the signal that began the drain, and says how many there were. `process.exit` now calls `onExit`. */
  release(signal: HandledSignal | undefined, onExit: (code: number | undefined) => void): number;
  /** `process.exit` exits again. */
  end(): void;
}

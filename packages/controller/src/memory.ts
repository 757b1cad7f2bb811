import type { CapacityMemory } from '@spotproof/core/capacity';

/** What is kept of a unit between two reconciles. */
export interface UnitMemory {
  readonly capacity: CapacityMemory;
  /** When the last reconcile began to read, epoch milliseconds: everything that had happened by then was seen. */
  readonly readAt: number;
}

/** Keeps the memory of units, and sees to it that one reconcile of a unit runs at a time. */
export interface MemoryStore {
  /**
   * Waits at most `waitMs` for the unit of this key to be free, and takes it for at most `holdMs`.
   *
   * @returns Undefined when somebody else has it still.
   */
  acquire(key: string, options: { readonly waitMs: number; readonly holdMs: number }): Promise<Held | undefined>;
}

export interface Held {
  /** Undefined when nothing is known, or what was kept cannot be read: that only delays a release. */
  readonly memory: UnitMemory | undefined;
  /** Until when this holder may write, epoch milliseconds. */
  readonly until: number;
  /** Keeps the memory and holds on. Throws when it cannot, and when this is not the holder any more. */
  keep(memory: UnitMemory): Promise<void>;
  /** Keeps the memory, where one is given, and lets go. A holder that was too slow changes nothing. */
  release(memory?: UnitMemory): Promise<void>;
}

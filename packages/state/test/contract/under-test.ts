import type { ClaimStore } from '../../src/store.ts';

/** A store with what a test needs to know of it. */
export interface StoreUnderTest {
  readonly store: ClaimStore;
  /** Further clients of the same records, as other processes have them. Races are run across all. */
  readonly others?: readonly ClaimStore[];
  /**
   * Moves the store's own clock by so many milliseconds, also backwards; at the beginning it stands at a time of this century. Where the clock cannot be
   * moved, the suite uses leases of a few milliseconds, and asks the store whether they are over.
   */
  readonly advance?: (ms: number) => void;
  /** Where the store has transactions: an effect of the work, written inside one, and all effects that were committed. */
  readonly effects?: {
    readonly write: (tx: never, name: string) => Promise<void>;
    readonly committed: () => Promise<readonly string[]>;
    /** As work must not do; left out where the store cannot tell. */
    readonly rollBack?: (tx: never) => Promise<unknown>;
  };
  readonly dispose: () => Promise<void> | void;
}

export type MakeStore = () => Promise<StoreUnderTest> | StoreUnderTest;

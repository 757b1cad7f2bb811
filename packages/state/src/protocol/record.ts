/**
 * What a store keeps for one key: the same fields in every store. Times are milliseconds since the epoch by the store's clock.
 *
 * The life of a record: `pending` (waits for its time or for a worker) → `held` (somebody works on it, until the lease ends) → `done`, `failed`, or
 * `pending` again. A held record whose lease has ended may be taken over.
 */
export interface ClaimRecord {
  /** 1 to {@link LONGEST_KEY_BYTES} bytes of UTF-8. */
  readonly key: string;
  /** What the record is for, such as `job:import`; `list` finds by it. 1 to {@link LONGEST_KIND_BYTES} bytes of UTF-8. */
  readonly kind: string;
  readonly state: ClaimState;
  /** Unique to one attempt: what writes carry as their condition. After the attempt it stays, so that a write sent twice is recognised. */
  readonly token: string;
  /** Grows with each attempt at this key, also across the removal of the record: the fencing token for systems outside the store. A safe integer. */
  readonly epoch: number;
  /** `held`: when the lease ends. `pending`: from when on it may be claimed. `done`, `failed`: when it was settled. */
  readonly dueAt: number;
  /** When the record may be removed. {@link NEVER} for work that must not be forgotten. */
  readonly keepUntil: number;
  /** What the caller sent, as a short digest; '' where none is kept. */
  readonly fingerprint: string;
  /** Number of the checkpoint in `data`: 0 is what the record began with. */
  readonly seq: number;
  /** Which version of the code wrote `data`. Older code does not claim it. */
  readonly version: number;
  /** The last checkpoint, or what the work began with. */
  readonly data: Uint8Array;
  /** `done`: the result. `failed`: the error. `pending` after a failure: the last error. Otherwise empty. */
  readonly result: Uint8Array;
  /** Attempts that ended with an error. */
  readonly failures: number;
  /** Attempts that ended because the process did: handed over, or taken over after the lease. */
  readonly interruptions: number;
  /** Attempts taken over since the last checkpoint: work that kills its process, rather than work that was interrupted. */
  readonly stalls: number;
}

export type ClaimState = 'pending' | 'held' | 'done' | 'failed';

/** The last instant that a `Date` can hold. */
export const NEVER = 8_640_000_000_000_000;

/** `keepMs` after `now`; `Infinity` means for ever. */
export function until(now: number, keepMs: number): number {
  return Math.min(NEVER, now + keepMs);
}

/**
 * The epoch of a key that the store does not know. It is made from the time, so that it is above all that the key ever had even if its record was removed:
 * a key would have to be claimed 1,024 times a millisecond, or the clock go back by more than a record is kept.
 */
export function firstEpoch(now: number): number {
  return Math.floor(now) * EPOCHS_PER_MS;
}

/** The epoch of the next attempt at a key that has a record. */
export function nextEpoch(epoch: number, now: number): number {
  return Math.max(epoch + 1, firstEpoch(now));
}

/** 2^53 is reached in the year 2248. */
export const EPOCHS_PER_MS = 1024;

/** DynamoDB allows 2048, an index of MySQL 3072. */
export const LONGEST_KEY_BYTES = 512;
export const LONGEST_KIND_BYTES = 128;

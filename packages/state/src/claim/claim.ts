/** One attempt at the work under a key, as the work itself sees it. */
export interface Claim {
  readonly key: string;
  /** The fencing token: grows with each attempt at this key. Systems outside the store refuse writes that carry a smaller one than they have seen. */
  readonly epoch: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /**
   * Aborted when this attempt should end. The reason is a SpotproofError: `SPOTPROOF_INTERRUPTED` when the process is stopping and the key is still held, so
   * that there is time to wrap up; `SPOTPROOF_CLAIM_LOST` when it is not, with `details.because`: `taken`, `deadline` or `unanswered`.
   */
  readonly signal: AbortSignal;
  /**
   * How long nobody else can have the key, in milliseconds; 0 when somebody may. Counted from the instant at which the last good write was sent, by a clock
   * that does not jump.
   */
  timeLeftMs(): number;
  /**
   * To be called before an effect that must not happen twice.
   *
   * @throws SpotproofError `SPOTPROOF_CLAIM_LOST` once somebody else may have the key.
   */
  assertHeld(): void;
  /**
   * Names one effect of this work, the same in each attempt: what to send as the idempotency key of a call to another system, which cannot check the epoch.
   * 43 characters of `A-Za-z0-9_-`.
   *
   * @param step What tells this effect from the others of the same work.
   */
  effectKey(step: string): string;
}

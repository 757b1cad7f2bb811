import { isSpotproofError } from '@spotproof/core';
import { publish } from '../channels.ts';
import type { HeldClaim } from '../claim/held-claim.ts';

export interface KeepOptions {
  /** Makes what stands in the record. */
  readonly seal: () => Promise<Uint8Array>;
  /** What stands there when that fails: the work is done, and is not done again for want of its result. */
  readonly sealWithout: (reason: string) => Uint8Array;
  readonly keepMs: number;
  /** How long the store's answer is waited for. Default: the time of a lease. */
  readonly withinMs?: number;
}

/**
 * Ends an attempt whose work is done.
 *
 * @throws SpotproofError `SPOTPROOF_CLAIM_LOST` when somebody else has the key; `SPOTPROOF_STORE` when the store did not answer: then nobody knows whether it
 *   is recorded.
 */
export async function keepResult(claim: HeldClaim, { seal, sealWithout, keepMs, withinMs }: KeepOptions): Promise<void> {
  const without = async (error: unknown): Promise<void> => {
    const reason = error instanceof Error ? error.message : String(error);
    publish('omitted', () => ({ key: claim.key, epoch: claim.epoch, reason }));
    await claim.settle({ to: 'done', result: sealWithout(reason), keepMs }, withinMs);
  };
  let result: Uint8Array;
  try {
    result = await seal();
  } catch (error) {
    return without(error);
  }
  try {
    await claim.settle({ to: 'done', result, keepMs }, withinMs);
  } catch (error) {
    // The store takes less than it declared.
    if (!isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE')) throw error;
    await without(error);
  }
}

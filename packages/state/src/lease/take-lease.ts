import { SpotproofError, type Clock } from '@spotproof/core';
import type { End, HeldClaim } from '../claim/held-claim.ts';
import { takeClaim } from '../claim/take-claim.ts';
import type { ClaimStore } from '../store.ts';

export interface LeaseTerms {
  /** What is to have one holder. At most 500 bytes of UTF-8. */
  readonly name: string;
  /** How long a killed holder's lease goes on, in milliseconds, 1,000 to 86,400,000; it is renewed at a third of that. Default 30 s. */
  readonly leaseMs?: number;
}

/**
 * Asks once.
 *
 * @returns The lease, or for how long it is somebody else's at most.
 * @throws SpotproofError `SPOTPROOF_STORE`
 */
export async function takeLease(
  store: ClaimStore,
  { name, leaseMs, clock }: Required<LeaseTerms> & { readonly clock: Clock },
): Promise<HeldClaim | { readonly retryAfterMs: number }> {
  const create = { kind: KIND, fingerprint: '', version: VERSION, data: NOTHING };
  const taken = await takeClaim(
    store,
    { key: `${KIND}/${name}`, leaseMs, keepMs: KEEP_MS, create, fingerprint: undefined, version: VERSION },
    { clock },
  );
  if (taken.outcome === 'won') return taken.claim;
  if (taken.outcome === 'busy') return taken;
  throw new SpotproofError(
    'SPOTPROOF_STORE',
    `The record of lease "${name}" is ${taken.outcome}, which no lease ever is. Look at who else writes under its key.`,
  );
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function checkedTerms({ name, leaseMs = 30_000 }: LeaseTerms): Required<LeaseTerms> {
  if (typeof name !== 'string' || name === '')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `name of a lease must be a text, got ${JSON.stringify(name) ?? 'nothing'}.`);
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 1000 || leaseMs > 86_400_000)
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `leaseMs of lease "${name}" must be a whole number from 1000 to 86400000, got ${String(leaseMs)}.`,
    );
  return { name, leaseMs };
}

/** Free at once; the record stays a while, for whoever looks at who had it. */
export const RELEASED: End = { to: 'pending', afterMs: 0, counts: 'nothing', snapshot: undefined, result: new Uint8Array(), keepMs: 86_400_000 };

const KIND = 'lease';
const VERSION = 1;
const NOTHING = new Uint8Array();
const KEEP_MS = 86_400_000;

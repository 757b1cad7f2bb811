import { SpotproofError, isSpotproofError, type Clock, type ConsumerLifecycle } from '@spotproof/core';
import type { Claim } from '../claim/claim.ts';
import type { HeldClaim } from '../claim/held-claim.ts';
import { backgroundClock, monotonicClock } from '../monotonic-clock.ts';
import type { ClaimStore } from '../store.ts';
import { RELEASED, checkedTerms, takeLease, type LeaseTerms } from './take-lease.ts';

export interface LeaseOptions extends LeaseTerms {
  /** How long to wait while somebody else has it, in milliseconds or `Infinity`. Default 0: ask once. */
  readonly waitMs?: number;
  /** The signal of the lease is aborted when a drain begins, and the lease released at the *stop* signal if it still is held. */
  readonly lifecycle?: Pick<ConsumerLifecycle, 'draining' | 'stop'>;
  /** For tests. */
  readonly clock?: Clock;
}

/** Made by {@link lease}. */
export interface Lease extends Claim, AsyncDisposable {
  /** Lets the next one have it at once. Safe to call again, and after the lease was lost. */
  release(): Promise<void>;
}

/**
 * Holds a name, in one process of all.
 *
 * @returns Undefined if somebody else has it, or the process is stopping.
 * @throws SpotproofError `SPOTPROOF_STORE`, `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * await using held = await lease(store, { name: 'nightly-report' });
 * if (held === undefined) return;
 * await report({ signal: held.signal });
 */
export async function lease(store: ClaimStore, { waitMs = 0, lifecycle, clock, ...rest }: LeaseOptions): Promise<Lease | undefined> {
  const terms = checkedTerms(rest);
  if (typeof waitMs !== 'number' || !(waitMs >= 0))
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `waitMs of lease "${terms.name}" must be 0 or more milliseconds, got ${String(waitMs)}.`);
  const waitClock = clock ?? monotonicClock;
  const until = waitClock.now() + waitMs;
  while (lifecycle?.draining.aborted !== true) {
    const taken = await takeLease(store, { ...terms, clock: clock ?? backgroundClock });
    if (!('retryAfterMs' in taken)) return heldLease(taken, lifecycle);
    const leftMs = until - waitClock.now();
    if (leftMs <= 0) return undefined;
    await pause(waitClock, Math.min(leftMs, PAUSE_MS * (0.5 + Math.random() / 2)));
  }
  return undefined;
}

function heldLease(claim: HeldClaim, lifecycle: LeaseOptions['lifecycle']): Lease {
  const interrupt = (): void => claim.interrupt();
  // Nobody waits for this one, and a lease that was lost needs no release.
  const giveBack = (): void => void release().catch(() => {});
  const release = async (): Promise<void> => {
    lifecycle?.draining.removeEventListener('abort', interrupt);
    lifecycle?.stop.removeEventListener('abort', giveBack);
    try {
      if (!claim.isSettled) await claim.settle(RELEASED);
    } catch (error) {
      if (!isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST')) throw error;
    } finally {
      claim.abandon();
    }
  };
  lifecycle?.draining.addEventListener('abort', interrupt, { once: true });
  lifecycle?.stop.addEventListener('abort', giveBack, { once: true });
  if (lifecycle?.draining.aborted) interrupt();
  return {
    key: claim.key,
    epoch: claim.epoch,
    attempt: claim.attempt,
    signal: claim.signal,
    timeLeftMs: () => claim.timeLeftMs(),
    assertHeld: () => claim.assertHeld(),
    effectKey: (step) => claim.effectKey(step),
    release,
    [Symbol.asyncDispose]: release,
  };
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}

/** Also how late a wait notices that the lease is free. */
const PAUSE_MS = 500;

import type { Clock } from '@spotproof/core';
import { publish } from '../channels.ts';
import { backgroundClock } from '../monotonic-clock.ts';
import { newToken } from '../new-token.ts';
import type { Claim as ClaimOperation, ClaimOutcome, Won } from '../protocol/index.ts';
import type { ClaimStore, Request } from '../store.ts';
import { HeldClaim } from './held-claim.ts';
import { resend } from './resend.ts';

export type Taken = { readonly outcome: 'won'; readonly claim: HeldClaim } | Exclude<ClaimOutcome, Won>;

export interface TakeOptions {
  /** Default: one that does not keep the process alive. */
  readonly clock?: Clock;
  /** How long an answer of the store is waited for. Default 10 s. */
  readonly withinMs?: number;
}

/**
 * Claims a key for one attempt. What is won is renewed until it is settled.
 *
 * @throws SpotproofError `SPOTPROOF_STORE`
 */
export async function takeClaim(
  store: ClaimStore,
  request: Omit<Request<ClaimOperation>, 'token'>,
  { clock = backgroundClock, withinMs = 10_000 }: TakeOptions = {},
): Promise<Taken> {
  const { key, leaseMs } = request;
  const token = newToken();
  const startedAt = clock.now();
  const { answer, sentAt } = await resend(() => store.claim({ ...request, token }), { clock, withinMs, patienceMs: Math.max(1, withinMs / 3) });
  const durationMs = clock.now() - startedAt;
  if (answer.outcome !== 'won') {
    publish('claim', () => ({ key, outcome: answer.outcome, epoch: undefined, attempt: undefined, durationMs }));
    return answer;
  }
  const claim = new HeldClaim({ store, clock, key, token, leaseMs, won: answer, sentAt });
  publish('claim', () => ({ key, outcome: 'won', epoch: claim.epoch, attempt: claim.attempt, durationMs }));
  return { outcome: 'won', claim };
}

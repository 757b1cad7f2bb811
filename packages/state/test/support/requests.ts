import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ClaimStore, Request } from '../../src/index.ts';
import type { Claim, Holder } from '../../src/protocol/index.ts';

/** How the records of these tests begin. */
export const CREATE = { kind: 'test', fingerprint: 'print', version: 1, data: bytes('beginning') } as const;

/** A claim of a key that nobody knows yet, for a minute. */
export function claimOf(overrides: Partial<Request<Claim>> = {}): Request<Claim> {
  return {
    key: randomUUID(),
    token: randomUUID(),
    leaseMs: 60_000,
    keepMs: 60_000,
    create: CREATE,
    fingerprint: undefined,
    version: 1,
    ...overrides,
  };
}

/** Sends the claim, which must win. */
export async function winOf(store: ClaimStore, request: Request<Claim>): Promise<Holder> {
  const answer = await store.claim(request);
  assert.equal(answer.outcome, 'won', JSON.stringify(answer));
  return { key: request.key, token: request.token, epoch: answer.epoch };
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

import { SpotproofError } from '@spotproof/core';
import type { Claim, ClaimOutcome, Create } from '../../protocol/index.ts';
import { unpackSettled } from './record-layout.ts';

/** What the claim script answers: a settled record as it is, a number, or several of which the first says what they are. */
export function claimOutcome(reply: unknown, { create, fingerprint }: Pick<Claim, 'create' | 'fingerprint'>): ClaimOutcome {
  if (reply instanceof Buffer) {
    const settled = unpackSettled(reply, fingerprint);
    return settled === 'mismatch' ? MISMATCH : { outcome: settled.state, epoch: settled.epoch, result: settled.result };
  }
  if (!Array.isArray(reply)) return createdOr(numberOf(reply), create);
  const answer = arrayOf(reply);
  const at = (index: number): number => numberOf(answer[index]);
  switch (at(0)) {
    case 1:
      return {
        outcome: 'won',
        epoch: at(1),
        seq: at(2),
        version: at(3),
        failures: at(4),
        interruptions: at(5),
        stalls: at(6),
        data: bytesOf(answer[7]),
      };
    case 5:
      return { outcome: 'busy', because: at(1) === 1 ? 'held' : 'not-due', retryAfterMs: at(2) };
    case 6:
      return { outcome: 'newer', version: at(1) };
    default:
      throw unexpected(reply);
  }
}

/** The claim script was given the record's key alone, and the record there is of another kind than the caller's, with data or in an index. */
export function needsAllKeys(reply: unknown): boolean {
  return typeof reply !== 'object' && numberOf(reply) === -3;
}

/** Of a record that did not exist only the epoch is said. */
function createdOr(number: number, create: Create | undefined): ClaimOutcome {
  if (number === -1) return { outcome: 'absent' };
  if (number === -2) return MISMATCH;
  if (number < 0 || create === undefined) throw unexpected(number);
  const { version, data } = create;
  return { outcome: 'won', epoch: number, seq: 0, version, data, failures: 0, interruptions: 0, stalls: 0 };
}

export function arrayOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(reply);
}

export function numberOf(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  // Some clients are set up to give numbers as texts.
  const number = typeof reply === 'string' || typeof reply === 'bigint' || reply instanceof Uint8Array ? Number(String(reply)) : NaN;
  if (Number.isNaN(number)) throw unexpected(reply);
  return number;
}

/** Plain bytes, as every store gives them: a Buffer behaves differently in `slice` and in JSON. */
export function bytesOf(reply: unknown): Uint8Array {
  if (reply instanceof Uint8Array) return new Uint8Array(reply.buffer, reply.byteOffset, reply.byteLength);
  throw unexpected(reply);
}

function unexpected(reply: unknown): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `A script answered what it cannot answer: ${typeof reply}. Is the client one of ioredis, iovalkey or node-redis, in a version that is supported?`,
  );
}

const MISMATCH = { outcome: 'mismatch' } as const;

import { SpotproofError } from '@spotproof/core';
import type { ClaimOutcome, Create } from '../../protocol/index.ts';

/** What the claim script answers: a number that says what, then what belongs to it. */
export function claimOutcome(reply: unknown, create: Create | undefined): ClaimOutcome {
  const answer = arrayOf(reply);
  const at = (index: number): number => numberOf(answer[index]);
  switch (at(0)) {
    case 0:
      return { outcome: 'absent' };
    case 1:
      // Of a record that did not exist only the epoch is said.
      if (answer.length === 2 && create !== undefined) {
        const { version, data } = create;
        return { outcome: 'won', epoch: at(1), seq: 0, version, data, failures: 0, interruptions: 0, stalls: 0 };
      }
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
    case 2:
      return { outcome: 'mismatch' };
    case 3:
      return { outcome: 'done', epoch: at(1), result: bytesOf(answer[2]) };
    case 4:
      return { outcome: 'failed', epoch: at(1), result: bytesOf(answer[2]) };
    case 5:
      return { outcome: 'busy', because: at(1) === 1 ? 'held' : 'not-due', retryAfterMs: at(2) };
    case 6:
      return { outcome: 'newer', version: at(1) };
    default:
      throw unexpected(reply);
  }
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

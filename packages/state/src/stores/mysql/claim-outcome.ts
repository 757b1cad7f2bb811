import { SpotproofError } from '@spotproof/core';
import type { Claim, ClaimOutcome } from '../../protocol/index.ts';
import type { Request } from '../../store.ts';
import { bytesOf, type Row } from '../sql/row.ts';

/** What the record says after the statement of a claim, in the order of the protocol. What the statement has not written was not free when it looked. */
export function claimOutcome(row: Row, request: Request<Claim>): ClaimOutcome {
  const { head } = row;
  const body = bytesOf(row, 'body');
  const match = Buffer.isBuffer(head) ? HEAD.exec(head.toString()) : null;
  if (match === null) throw unreadable(head);
  const [, state, isOwn, epoch, seq, version, failures, interruptions, stalls, leftMs, fingerprint] = match;
  if (request.fingerprint !== undefined && request.fingerprint !== fingerprint) return { outcome: 'mismatch' };
  if (state === 'done' || state === 'failed') return { outcome: state, result: body, epoch: Number(epoch) };
  if (isOwn === '1') {
    if (state !== 'held') return { outcome: 'busy', because: 'not-due', retryAfterMs: 0 };
    const counts = { failures: Number(failures), interruptions: Number(interruptions), stalls: Number(stalls) };
    return { outcome: 'won', epoch: Number(epoch), seq: Number(seq), version: Number(version), data: body, ...counts };
  }
  if (Number(version) > request.version) return { outcome: 'newer', version: Number(version) };
  return { outcome: 'busy', because: state === 'held' ? 'held' : 'not-due', retryAfterMs: Math.max(0, Number(leftMs)) };
}

function unreadable(head: unknown): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `The state of a claim should be read as a line of bytes, got ${head === null ? 'null' : typeof head}. The table is not one of this store, or the client converts values in a way of its own.`,
  );
}

const HEAD = /^(pending|held|done|failed) ([01]) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (-?\d+) (.*)$/s;

import { SpotproofError } from '@spotproof/core';
import type { BlobStore } from '../blobs/blob-store.ts';
import { resend } from '../claim/resend.ts';
import { backgroundClock } from '../monotonic-clock.ts';
import { newToken } from '../new-token.ts';
import { Payloads, fingerprintOf } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import { recordKey, type Job } from './job.ts';

export interface EnqueueOptions {
  /** What makes this one piece of work: the second call with the same key adds nothing. At most 443 bytes of UTF-8. */
  readonly key: string;
  /** From when on it may be taken, in milliseconds from now. Default 0. */
  readonly afterMs?: number;
  /** For an input that is too large for the store. */
  readonly blobs?: BlobStore;
}

/**
 * Puts a job there for the workers. Safe to call again with the same key and input.
 *
 * @returns `exists` if the key has a job already, in whatever state.
 * @throws SpotproofError `SPOTPROOF_KEY_REUSED` if that has another input, `SPOTPROOF_NOT_STORABLE`, `SPOTPROOF_STORE`, `SPOTPROOF_CONFIG_INVALID`
 */
export async function enqueue<I, S, O>(
  store: ClaimStore,
  job: Job<I, S, O>,
  input: I,
  { key, afterMs = 0, blobs }: EnqueueOptions,
): Promise<'added' | 'exists'> {
  if (typeof key !== 'string' || key === '')
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `key of a "${job.name}" job must be a text, got ${JSON.stringify(key) ?? 'nothing'}. Use what names the work, such as an order number.`,
    );
  const data = await new Payloads({ store, blobs }).pack(encodeCheckpoint({ input, state: undefined, steps: new Map() }));
  const request = {
    key: recordKey(job, key),
    token: newToken(),
    create: { kind: job.kind, fingerprint: fingerprintOf(input), version: job.version, data },
    afterMs,
    keepMs: Infinity,
  };
  const { answer } = await resend(() => store.add(request), { clock: backgroundClock, withinMs: ANSWER_WITHIN_MS, patienceMs: ANSWER_WITHIN_MS / 3 });
  if (answer !== 'mismatch') return answer;
  throw new SpotproofError(
    'SPOTPROOF_KEY_REUSED',
    `Job "${job.name}" has the key ${key} already, with another input. Use another key, or the same input.`,
    {
      details: { job: job.name, key },
    },
  );
}

const ANSWER_WITHIN_MS = 10_000;

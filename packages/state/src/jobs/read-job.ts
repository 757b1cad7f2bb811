import type { BlobStore } from '../blobs/blob-store.ts';
import { Payloads, decodeError, jsonCodec, type StoredError } from '../payload/index.ts';
import type { ClaimState } from '../protocol/index.ts';
import type { ClaimStore } from '../store.ts';
import { recordKey, type Job } from './job.ts';

export interface JobStatus<O> {
  /** `pending`: waits for a worker. `held`: is being worked on, or was by a task that is gone. */
  readonly state: ClaimState;
  /** Of a `done` job; undefined also if it returned nothing, or more than can be stored. */
  readonly output: O | undefined;
  /** Of a `failed` job, or of the last attempt that failed. */
  readonly error: StoredError | undefined;
  readonly failures: number;
  readonly interruptions: number;
  /** Checkpoints so far. */
  readonly seq: number;
}

/**
 * How a job stands.
 *
 * @returns Undefined if there is none under this key.
 * @throws SpotproofError `SPOTPROOF_STORE`
 */
export async function readJob<I, S, O>(
  store: ClaimStore,
  job: Job<I, S, O>,
  key: string,
  { blobs }: { readonly blobs?: BlobStore } = {},
): Promise<JobStatus<O> | undefined> {
  const record = await store.read(recordKey(job, key));
  if (record === undefined) return undefined;
  const { state, result, failures, interruptions, seq } = record;
  const hasError = state !== 'done' && result.byteLength > 0;
  const output = state === 'done' ? await new Payloads({ store, blobs }).unpack(result) : undefined;
  return {
    state,
    output: output?.kind === 'kept' ? jsonCodec<O>().decode(output.bytes) : undefined,
    error: hasError ? decodeError(result) : undefined,
    failures,
    interruptions,
    seq,
  };
}

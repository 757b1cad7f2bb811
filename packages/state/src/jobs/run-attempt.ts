import { SpotproofError, isSpotproofError, type Clock, type Logger } from '@spotproof/core';
import type { End, HeldClaim } from '../claim/held-claim.ts';
import { keepResult } from '../once/keep-result.ts';
import { encodeError, jsonCodec, omitted, type Payloads } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import { decodeCheckpoint, type JobCheckpoint } from './checkpoint.ts';
import { JobAttempt } from './job-attempt.ts';
import { backoffMs, type AnyJob, type OlderCheckpoint } from './job.ts';

export interface AttemptParts {
  readonly job: AnyJob;
  readonly claim: HeldClaim;
  readonly store: ClaimStore;
  readonly payloads: Payloads;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once the job can be interrupted. */
  readonly begun: (attempt: JobAttempt) => void;
}

/** From a claim that was won to its end, whatever happens. Never rejects: what cannot be told to the store is over when the lease is. */
export async function runAttempt(parts: AttemptParts): Promise<void> {
  const { claim, logger } = parts;
  try {
    await (isPoison(parts) ? giveUp(parts) : tryOnce(parts));
  } catch (error) {
    if (isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST')) logger.warn(facts(parts, error), 'another worker has the job now');
    else logger.error(facts(parts, error), 'how the attempt ended could not be written; the job goes on when its lease has ended');
  } finally {
    claim.abandon();
  }
}

async function tryOnce(parts: AttemptParts): Promise<void> {
  const { job, claim, payloads } = parts;
  let attempt: JobAttempt | undefined;
  let output: unknown;
  try {
    attempt = new JobAttempt({ ...parts, checkpoint: await readCheckpoint(parts) });
    parts.begun(attempt);
    output = await job.run(attempt);
  } catch (error) {
    // What steps beside the one that failed are doing must not be lost either.
    await attempt?.quiet();
    await endOfError(parts, attempt, error);
    return;
  } finally {
    attempt?.close();
  }
  if (claim.isSettled) return;
  await keepResult(claim, { seal: async () => await payloads.pack(codec.encode(output)), sealWithout: omitted, keepMs: job.keepMs });
}

async function readCheckpoint({ job, claim, payloads }: AttemptParts): Promise<JobCheckpoint & { readonly state: { readonly value: unknown } }> {
  const { version, data } = claim.won;
  const kept = await payloads.unpack(data);
  if (kept.kind === 'omitted') throw new SpotproofError('SPOTPROOF_STORE', `The checkpoint of this job was not kept: ${kept.reason}`);
  const { input, state, steps } = decodeCheckpoint(kept.bytes);
  const upgraded = upgradedFrom(job, version, { input, state: state?.value });
  const isStarted = state !== undefined && (upgraded.state !== undefined || state.value === undefined);
  return { input: upgraded.input, steps, state: { value: isStarted ? upgraded.state : job.start(upgraded.input) } };
}

function upgradedFrom(job: AnyJob, version: number, checkpoint: OlderCheckpoint): OlderCheckpoint {
  if (version >= job.version || job.upgrade === undefined) return checkpoint;
  const upgraded: unknown = job.upgrade(version, checkpoint);
  // Whoever forgets the input, or gives a promise, would begin the work again from nothing.
  if (typeof upgraded === 'object' && upgraded !== null && 'input' in upgraded)
    return { input: upgraded.input, state: 'state' in upgraded ? upgraded.state : undefined };
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `upgrade() of job "${job.name}" must return { input, state }, and no promise; it was given a checkpoint of version ${version}.`,
  );
}

async function endOfError(parts: AttemptParts, attempt: JobAttempt | undefined, error: unknown): Promise<void> {
  const { claim, logger } = parts;
  if (claim.isSettled) return logger.info(facts(parts, undefined), 'job handed over');
  const { reason } = claim.signal;
  const isInterrupted = isSpotproofError(reason, 'SPOTPROOF_INTERRUPTED');
  // Also what the job makes of the signal ends here; so does a store that is away, which is nobody's failure.
  if (!claim.signal.aborted) return await fail(parts, attempt, error);
  if (isInterrupted || claim.leaseLeftMs() > 0) {
    await (attempt === undefined ? release(claim) : attempt.release());
    return logger.info(facts(parts, undefined), 'job handed over');
  }
  logger.warn(facts(parts, reason), 'the job lost its key');
}

async function fail(parts: AttemptParts, attempt: JobAttempt | undefined, error: unknown): Promise<void> {
  const { job, claim, logger } = parts;
  const failures = claim.won.failures + 1;
  if (failures >= job.maxFailures || isFatal(parts, error)) {
    logger.error({ ...facts(parts, error), failures }, 'job failed for good');
    await settleWith(claim, error, (result) => ({ to: 'failed', result, keepMs: job.keepFailedMs }));
    return;
  }
  const afterMs = waitAfter(parts, failures);
  logger.warn({ ...facts(parts, error), failures, afterMs }, 'job failed; it is tried again');
  const snapshot = await attempt?.unwritten();
  await settleWith(claim, error, (result) => ({ to: 'pending', afterMs, counts: 'failure', snapshot, result, keepMs: Infinity }));
}

/** A checkpoint may fill the record, and what its error is counted by must not be lost for want of room for the error. */
async function settleWith(claim: HeldClaim, error: unknown, end: (result: Uint8Array) => End): Promise<void> {
  try {
    await claim.settle(end(encodeError(error)));
  } catch (refusal) {
    if (!isSpotproofError(refusal, 'SPOTPROOF_NOT_STORABLE')) throw refusal;
    await claim.settle(end(encodeError(new Error('There was no room for the error beside the checkpoint. The log has it.'))));
  }
}

function isPoison({ job, claim }: AttemptParts): boolean {
  return claim.won.stalls >= job.maxStalls;
}

async function giveUp(parts: AttemptParts): Promise<void> {
  const { job, claim, logger } = parts;
  const { stalls } = claim.won;
  const error = new SpotproofError(
    'SPOTPROOF_WORK_FAILED',
    `${stalls} attempts in a row ended without a word and without a checkpoint: this job seems to kill its process or to block it for longer than its lease. ` +
      'Look for memory and endless loops; then revive it.',
    { details: { job: job.name, stalls } },
  );
  logger.error(facts(parts, error), 'job failed for good');
  await settleWith(claim, error, (result) => ({ to: 'failed', result, keepMs: job.keepFailedMs }));
}

/** Gives back what no attempt has begun with. */
export function release(claim: HeldClaim, withinMs?: number): Promise<void> {
  return claim.settle(
    { to: 'pending', afterMs: 0, counts: 'interruption', snapshot: undefined, result: new Uint8Array(), keepMs: Infinity },
    withinMs,
  );
}

/** Trying again would do the effect again, only to fail to store it again. */
function isFatal(parts: AttemptParts, error: unknown): boolean {
  return isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE') || askJob(parts, 'isFatal', (job) => job.isFatal(error), false);
}

function waitAfter(parts: AttemptParts, failures: number): number {
  const asked = askJob(parts, 'retryAfterMs', (job) => job.retryAfterMs(failures), NaN);
  return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.round(Number.isNaN(asked) ? backoffMs(failures) : asked)));
}

/** A fault in what judges an error must not hide the error, and be counted as a task that died. */
function askJob<T>(parts: AttemptParts, name: string, ask: (job: AnyJob) => T, or: T): T {
  try {
    return ask(parts.job);
  } catch (error) {
    parts.logger.error(facts(parts, error), `${name}() of the job threw; what it would have said is taken as not said`);
    return or;
  }
}

function facts({ job, claim }: AttemptParts, error: unknown): Record<string, unknown> {
  const { key, attempt, epoch, seq } = claim;
  return { job: job.name, key, attempt, epoch, seq, ...(error === undefined ? {} : { err: error }) };
}

const codec = jsonCodec<unknown>();
const LONGEST_WAIT_MS = 86_400_000;

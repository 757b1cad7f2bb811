import { SpotproofError } from '@spotproof/core';
import type { JobContext } from './job-context.ts';

/**
 * One kind of work that survives its process.
 *
 * @typeParam I What it is given, once: JSON, and small, for each checkpoint carries it.
 * @typeParam S Where it is: JSON.
 * @typeParam O What comes of it: JSON, or nothing.
 */
export interface JobDefinition<I, S, O> {
  /** 1 to 64 characters of `A-Za-z0-9._-`. Names what is stored: it must not change. */
  readonly name: string;
  /** Of the form of `I` and `S`, from 1 on. Code leaves alone what a newer version has written. */
  readonly version: number;
  /** Where work begins that has no checkpoint yet. Called again should the first attempt end before its first checkpoint. */
  start(input: I): S;
  /** Does the work from `context.state` on. */
  run(context: JobContext<I, S>): Promise<O>;
  /** Makes of a checkpoint that version `from` has written what this version understands. Needed from version 2 on. */
  upgrade?(from: number, checkpoint: OlderCheckpoint): { readonly input: I; readonly state: S | undefined };
  /**
   * How long a killed task's job waits for the next one, in milliseconds, 1,000 to 86,400,000; it is renewed at a third of that. Longer than the event loop is
   * ever blocked. Default 30 s.
   */
  readonly leaseMs?: number;
  /** How long a saved state may stay unwritten, in milliseconds, 0 or more. Default 1 s, or ten times what the last write took if that is more. */
  readonly checkpointEveryMs?: number;
  /** Attempts that may end with an error, 1 or more. Default 5. An interruption is no error. */
  readonly maxFailures?: number;
  /** Attempts in a row that may be killed without a checkpoint, 1 or more, before the job is taken for what kills them. Default 5. */
  readonly maxStalls?: number;
  /** When to try again after that many errors, in milliseconds. Default: 1 s, doubled each time, 5 min at most, with jitter. */
  retryAfterMs?(failures: number): number;
  /** True for an error after which trying again is of no use. */
  isFatal?(error: unknown): boolean;
  /** How long the output is kept, and the key refused to a second job, in milliseconds or `Infinity`. Default 7 days. */
  readonly keepMs?: number;
  /** The same for a job that failed for good. Default 30 days. */
  readonly keepFailedMs?: number;
}

export interface OlderCheckpoint {
  readonly input: unknown;
  /** Undefined when no attempt has come to a checkpoint. */
  readonly state: unknown;
}

/** Made by {@link defineJob}. */
export interface Job<I, S, O> extends JobDefinition<I, S, O> {
  /** As records of it are found by. */
  readonly kind: string;
  readonly leaseMs: number;
  readonly checkpointEveryMs: number;
  readonly maxFailures: number;
  readonly maxStalls: number;
  readonly keepMs: number;
  readonly keepFailedMs: number;
  retryAfterMs(failures: number): number;
  isFatal(error: unknown): boolean;
}

/** A job of whatever types. */
export type AnyJob = Job<unknown, unknown, unknown>;

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function defineJob<I, S, O>(definition: JobDefinition<I, S, O>): Job<I, S, O> {
  const { name, version, leaseMs, checkpointEveryMs, maxFailures, maxStalls, keepMs, keepFailedMs } = definition;
  if (typeof name !== 'string' || !NAME.test(name)) throw refused('name', '1 to 64 characters of A-Za-z0-9._-', name);
  for (const part of ['start', 'run'] as const)
    if (typeof definition[part] !== 'function') throw refused(`${part} of job "${name}"`, 'a function', definition[part]);
  const whole = (option: string, value: number | undefined, or: number, least: number, most = Number.MAX_SAFE_INTEGER): number => {
    if (value === undefined) return or;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw refused(`${option} of job "${name}"`, `a whole number from ${least} to ${most}`, value);
  };
  const forever = (option: string, value: number | undefined, or: number): number => (value === Infinity ? value : whole(option, value, or, 0));
  whole('version', version ?? Number.NaN, 1, 1, 2_147_483_647);
  if (version > 1 && definition.upgrade === undefined)
    throw refused(
      `upgrade of job "${name}"`,
      `a function, as version ${version} finds checkpoints of older ones. If they are the same, give (from, checkpoint) => checkpoint`,
      undefined,
    );
  return {
    ...definition,
    kind: `job:${name}`,
    leaseMs: whole('leaseMs', leaseMs, 30_000, 1000, 86_400_000),
    checkpointEveryMs: whole('checkpointEveryMs', checkpointEveryMs, 1000, 0),
    maxFailures: whole('maxFailures', maxFailures, 5, 1),
    maxStalls: whole('maxStalls', maxStalls, 5, 1),
    keepMs: forever('keepMs', keepMs, 7 * DAY_MS),
    keepFailedMs: forever('keepFailedMs', keepFailedMs, 30 * DAY_MS),
    retryAfterMs: (failures) => definition.retryAfterMs?.(failures) ?? backoffMs(failures),
    isFatal: (error) => definition.isFatal?.(error) ?? false,
    start: (input) => definition.start(input),
    run: async (context) => await definition.run(context),
    ...(definition.upgrade === undefined ? {} : { upgrade: (from: number, checkpoint: OlderCheckpoint) => definition.upgrade!(from, checkpoint) }),
  };
}

/** The key of the record of a job. */
export function recordKey(job: { readonly kind: string }, key: string): string {
  return `${job.kind}/${key}`;
}

/** When to try again, unless the job says. */
export function backoffMs(failures: number): number {
  return Math.round(Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
}

function refused(option: string, expected: string, got: unknown): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}; got ${JSON.stringify(got) ?? String(got)}.`);
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const DAY_MS = 86_400_000;
const LONGEST_BACKOFF_MS = 300_000;

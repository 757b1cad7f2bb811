import { SpotproofError, isSpotproofError } from '@spotproof/core';

/**
 * What the exit code of a job tells AWS Batch. One that ends with 0 is SUCCEEDED, also when it was interrupted half-way and ended well: the one code that a
 * handler of SIGTERM must not exit with before the work is done.
 */
export const BATCH_EXIT_CODES = {
  /** The work is done. */
  done: 0,
  /** The work has failed, and would fail again. */
  failed: 1,
  /** The work is not done, and should be tried again; `EX_TEMPFAIL` of sysexits.h. */
  interrupted: 75,
} as const;

/**
 * The exit code for how the work ended: that of `interrupted` for what a Spotproof function throws when the process is stopping, when the key was lost, is
 * somebody else's or when the store did not answer; that of `failed` for everything else.
 *
 * @param thrown What the work threw, also if that is `undefined`; no argument at all when it is done.
 *
 * @example
 * await work().then(() => {}, (error) => { process.exitCode = batchExitCode(error); });
 */
export function batchExitCode(...thrown: readonly [error?: unknown]): number {
  // A promise may be rejected with nothing, and its work is not done.
  if (thrown.length === 0) return BATCH_EXIT_CODES.done;
  const [error] = thrown;
  if (!isSpotproofError(error)) return BATCH_EXIT_CODES.failed;
  return error.retryable || INTERRUPTED.has(error.code) ? BATCH_EXIT_CODES.interrupted : BATCH_EXIT_CODES.failed;
}

/** `retryStrategy` of a job definition or of SubmitJob, as AWS's API has it. */
export interface BatchRetryStrategy {
  readonly attempts: number;
  readonly evaluateOnExit: {
    readonly action: 'RETRY' | 'EXIT';
    readonly onStatusReason?: string;
    readonly onReason?: string;
    readonly onExitCode?: string;
  }[];
}

/**
 * When AWS Batch tries a job again: after an interruption, and not after an error of its own. Without `evaluateOnExit` it does so after both, or with one
 * attempt, its default, after neither. The reason for which the task was stopped comes before the exit code: 137 is that of a task that was killed at the
 * end of its stop timeout and also of one that had no memory left.
 *
 * @param attempts 1 to 10, which is AWS's largest and the default here: each interruption takes one.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function batchRetryStrategy({ attempts = 10 }: { readonly attempts?: number } = {}): BatchRetryStrategy {
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 10)
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `attempts must be a whole number from 1 to 10, as AWS Batch has it, got ${String(attempts)}.`,
    );
  return {
    attempts,
    // At most five. https://docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html
    evaluateOnExit: [
      // What ECS says of a task on Fargate Spot.
      { action: 'RETRY', onStatusReason: 'Your Spot Task was interrupted*' },
      // What Batch says of an instance of EC2 that is gone.
      { action: 'RETRY', onStatusReason: 'Host EC2*' },
      // It never ran: no capacity, no network, no image.
      { action: 'RETRY', onStatusReason: 'Task failed to start*' },
      { action: 'RETRY', onExitCode: String(BATCH_EXIT_CODES.interrupted) },
      // What no rule matches would be tried again.
      { action: 'EXIT', onReason: '*' },
    ],
  };
}

const INTERRUPTED: ReadonlySet<string> = new Set(['SPOTPROOF_INTERRUPTED', 'SPOTPROOF_CLAIM_LOST', 'SPOTPROOF_CLAIM_BUSY']);

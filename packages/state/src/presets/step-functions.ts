import { SpotproofError, isSpotproofError, silentLogger, type ConsumerLifecycle, type Logger } from '@spotproof/core';

/** The part of the AWS SDK's `SFN` client that is used. `SFN` is what has methods; `SFNClient` has only `send`. */
export interface TaskClient {
  sendTaskHeartbeat(input: { taskToken: string }): Promise<unknown>;
  sendTaskSuccess(input: { taskToken: string; output: string }): Promise<unknown>;
  sendTaskFailure(input: { taskToken: string; error: string; cause: string }): Promise<unknown>;
}

export interface TaskOptions {
  readonly sfn: TaskClient;
  /** As the state machine gave it: `$$.Task.Token` of a state with `.waitForTaskToken`. */
  readonly taskToken: string;
  /** How often the state machine is told that the work goes on, in milliseconds, 100 to 3,600,000. A third of the state's `HeartbeatSeconds`. Default 10,000. */
  readonly heartbeatMs?: number;
  /** The life of this process, such as `createLifecycle()` of `@spotproof/runtime` gives. */
  readonly lifecycle?: ConsumerLifecycle;
  readonly logger?: Logger;
}

/** What the work sees of the task. */
export interface TaskContext {
  /**
   * Aborted with `SPOTPROOF_INTERRUPTED` when the process is to stop: finish soon, or save what there is and throw. With `SPOTPROOF_CLAIM_LOST` when the state
   * machine waits for this task no more, so that another one may be at work.
   */
  readonly signal: AbortSignal;
}

/**
 * What the state machine was told. `interrupted`: to retry. `lost`: nothing, since it does not listen to this token any more.
 */
export type TaskOutcome<R> =
  | { readonly outcome: 'succeeded'; readonly output: R }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'interrupted' }
  | { readonly outcome: 'lost' };

/**
 * Does the work of a Step Functions task in a container on Spot, and tells the state machine how it ends. While it goes on there are heartbeats; if the
 * process is to stop and the work ends with an error after that, or does not end in time, the state machine hears `Spot.Interrupted` at once, and tries again
 * as its `Retry` says: see {@link spotRetrier}. A process that is killed is noticed by its missing heartbeats.
 *
 * @param work Its result is the output of the state: what JSON can hold, 256 KiB at most.
 * @throws SpotproofError `SPOTPROOF_CLOUD` when Step Functions could not be told; `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const sfn = new SFN({});
 * await runTask({ sfn, taskToken: process.env.TASK_TOKEN, lifecycle: createLifecycle() }, async ({ signal }) => await render(signal));
 */
export async function runTask<R>(options: TaskOptions, work: (task: TaskContext) => Promise<R> | R): Promise<TaskOutcome<R>> {
  const { taskToken, heartbeatMs = 10_000 } = options;
  if (typeof taskToken !== 'string' || taskToken === '')
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `taskToken must be a text that is not empty, got ${taskToken === '' ? "''" : typeof taskToken}.`,
    );
  if (!Number.isSafeInteger(heartbeatMs) || heartbeatMs < 100 || heartbeatMs > 3_600_000)
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `heartbeatMs must be a whole number from 100 to 3600000, got ${String(heartbeatMs)}.`);
  return new Task<R>({ ...options, heartbeatMs }).run(work);
}

/** An entry of a state's `Retry`, as the Amazon States Language has it. */
export interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
}

/**
 * The entry of a state's `Retry` for tasks on Spot: one that was interrupted is started again after a second, as is one whose heartbeats have stopped. Step
 * Functions counts it apart from other entries. Give the state a `HeartbeatSeconds` of three heartbeats, or a killed task is waited for until its timeout.
 *
 * @param maxAttempts How often it is tried again. Default 20; Step Functions' own default is 3.
 */
export function spotRetrier({ maxAttempts = 20 }: { readonly maxAttempts?: number } = {}): Retrier {
  return { ErrorEquals: [INTERRUPTED, 'States.HeartbeatTimeout'], IntervalSeconds: 1, MaxAttempts: maxAttempts, BackoffRate: 1 };
}

class Task<R> {
  readonly #options: TaskOptions & { readonly heartbeatMs: number };
  readonly #logger: Logger;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** The first word counts; there is no second. */
  #told: Promise<TaskOutcome<R>> | undefined;

  constructor(options: TaskOptions & { readonly heartbeatMs: number }) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  async run(work: (task: TaskContext) => Promise<R> | R): Promise<TaskOutcome<R>> {
    const { lifecycle } = this.#options;
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const handle = lifecycle?.consumer('step functions task', {
      stop: () => this.#interrupt(),
      drained: () => ended,
      handBack: async () => ((await this.#fail(INTERRUPTED, WAS_INTERRUPTED)).outcome === 'interrupted' ? ['step functions task'] : []),
      running: () => (this.#told === undefined ? ['step functions task'] : []),
    });
    if (lifecycle?.draining.aborted === true) this.#interrupt();
    this.#beatLater();
    try {
      return await this.#work(work);
    } finally {
      clearTimeout(this.#timer);
      end();
      handle?.changed();
    }
  }

  async #work(work: (task: TaskContext) => Promise<R> | R): Promise<TaskOutcome<R>> {
    let output: R;
    try {
      output = await work({ signal: this.#controller.signal });
    } catch (error) {
      if (this.#isInterrupted) return this.#fail(INTERRUPTED, WAS_INTERRUPTED);
      const { name, message } = readable(error);
      return this.#fail(name, message, error);
    }
    return this.#succeed(output);
  }

  get #isInterrupted(): boolean {
    const reason: unknown = this.#controller.signal.reason;
    return isSpotproofError(reason, 'SPOTPROOF_INTERRUPTED');
  }

  #interrupt(): void {
    this.#controller.abort(new SpotproofError('SPOTPROOF_INTERRUPTED', 'This process is stopping. Finish soon, or save what there is and throw.'));
  }

  #succeed(output: R): Promise<TaskOutcome<R>> {
    let text: string;
    try {
      // What JSON does not have, such as undefined, is null in the output of a state.
      text = JSON.stringify(output) ?? 'null';
    } catch (cause) {
      // Left unsaid, it would be taken for a task that was killed, and all be done again.
      const error = new SpotproofError(
        'SPOTPROOF_NOT_STORABLE',
        `The output of a state is JSON, and there is none of this one: ${String(cause)}. Return text for a bigint, and no object that is part of itself.`,
        { cause },
      );
      return this.#fail(error.code, error.message, error);
    }
    if (Buffer.byteLength(text) > LARGEST_OUTPUT_BYTES) {
      const error = new SpotproofError(
        'SPOTPROOF_NOT_STORABLE',
        `The output of a state has ${LARGEST_OUTPUT_BYTES} bytes of JSON at most, got ${Buffer.byteLength(text)}. Put it into S3, and return where it is.`,
      );
      return this.#fail(error.code, error.message, error);
    }
    return this.#tell(() => this.#options.sfn.sendTaskSuccess({ taskToken: this.#options.taskToken, output: text }), {
      outcome: 'succeeded',
      output,
    });
  }

  #fail(name: string, cause: string, error?: unknown): Promise<TaskOutcome<R>> {
    const failure = { taskToken: this.#options.taskToken, error: name.slice(0, LONGEST_ERROR), cause: cause.slice(0, LONGEST_CAUSE) };
    return this.#tell(
      () => this.#options.sfn.sendTaskFailure(failure),
      name === INTERRUPTED ? { outcome: 'interrupted' } : { outcome: 'failed', error },
    );
  }

  #tell(send: () => Promise<unknown>, outcome: TaskOutcome<R>): Promise<TaskOutcome<R>> {
    this.#told ??= this.#send(send, outcome);
    return this.#told;
  }

  async #send(send: () => Promise<unknown>, outcome: TaskOutcome<R>): Promise<TaskOutcome<R>> {
    clearTimeout(this.#timer);
    try {
      await send();
      return outcome;
    } catch (error) {
      if (isOver(error)) return { outcome: 'lost' };
      throw new SpotproofError(
        'SPOTPROOF_CLOUD',
        `Step Functions could not be told how the task ended: ${String(error)}. It will miss the heartbeats.`,
        {
          retryable: true,
          cause: error,
        },
      );
    }
  }

  #beatLater(): void {
    this.#timer = setTimeout(() => void this.#beat(), this.#options.heartbeatMs);
  }

  async #beat(): Promise<void> {
    try {
      await this.#options.sfn.sendTaskHeartbeat({ taskToken: this.#options.taskToken });
    } catch (error) {
      if (isOver(error)) {
        this.#controller.abort(
          new SpotproofError('SPOTPROOF_CLAIM_LOST', 'The state machine waits for this task no more; another one may be at work. Stop.', {
            cause: error,
          }),
        );
        return;
      }
      this.#logger.warn({ err: error }, 'a heartbeat did not reach Step Functions');
    }
    if (this.#told === undefined) this.#beatLater();
  }
}

/** Never throws, whatever was thrown. */
function readable(error: unknown): { readonly name: string; readonly message: string } {
  try {
    const { name, message }: Readonly<Record<'name' | 'message', unknown>> = error instanceof Error ? error : { name: 'Error', message: error };
    return { name: String(name), message: String(message) };
  } catch {
    return { name: 'Error', message: 'What was thrown cannot be read as text.' };
  }
}

/** The token is spent: the task timed out, was answered, or its execution has ended. */
function isOver(error: unknown): boolean {
  return error instanceof Error && ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(error.name);
}

const INTERRUPTED = 'Spot.Interrupted';
const WAS_INTERRUPTED = 'The process was told to stop before the work was done. Another one should go on.';
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const LARGEST_OUTPUT_BYTES = 262_144;
/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

import type { Clock } from '@spotproof/core';
import { isSpotproofError } from '@spotproof/core';
import type { QueueRecord } from '../batch.ts';
import type { Controller } from '../controller.ts';
import type { Decision } from '../decision.ts';

/** A queue as the worker uses it. */
export interface Queue {
  /** Waits for some messages, for at most so long; gives up at once when the signal is aborted. */
  receive(waitSeconds: number, signal: AbortSignal): Promise<readonly (QueueRecord & { readonly receiptHandle: string })[]>;
  /** These are done. */
  remove(receiptHandles: readonly string[]): Promise<void>;
}

export interface WorkerOptions {
  readonly controller: Controller;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly record: (decision: Decision) => void;
  /** Stops receiving; what was received is finished. */
  readonly signal: AbortSignal;
}

/** The controller as a long-running process on the queue: for those who have no Lambda, and for the lab. Ends when the signal is aborted. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  await Promise.all([receiveAll(options), tickAll(options)]);
}

/**
 * Goes on receiving while earlier batches are handled: a batch is done when the reconcile is that it asks for, seconds later, and hundreds of notices at
 * once would wait for minutes.
 */
async function receiveAll(options: WorkerOptions): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  let failure: { readonly error: unknown } | undefined;
  const handling = new Set<Promise<void>>();
  while (!signal.aborted) {
    const messages = await receive({ ...options, signal });
    if (messages.length === 0) continue;
    const batch = handle(options, messages)
      .catch((error: unknown) => {
        failure ??= { error };
        ending.abort();
      })
      .finally(() => handling.delete(batch));
    handling.add(batch);
    if (handling.size === MOST_BATCHES) await Promise.race(handling);
  }
  await Promise.all(handling);
  if (failure !== undefined) throw failure.error;
}

async function receive(options: WorkerOptions): Promise<Awaited<ReturnType<Queue['receive']>>> {
  const { queue, signal } = options;
  try {
    return await queue.receive(LONG_POLL_SECONDS, signal);
  } catch (error) {
    if (signal.aborted) return [];
    refused(options, error);
    await sleepUnlessAborted(options.clock, PAUSE_MS, signal);
    return [];
  }
}

/** Messages that failed are not removed: the queue hands them out again after their visibility timeout, and to its dead-letter queue in the end. */
async function handle(options: WorkerOptions, messages: Awaited<ReturnType<Queue['receive']>>): Promise<void> {
  try {
    const failed = new Set(await options.controller.handle(messages));
    const done = messages.filter(({ messageId }) => !failed.has(messageId));
    if (done.length > 0) await options.queue.remove(done.map(({ receiptHandle }) => receiptHandle));
  } catch (error) {
    refused(options, error);
  }
}

function refused({ clock, record }: WorkerOptions, error: unknown): void {
  if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
  record({ type: 'skip', at: clock.now(), unit: undefined, why: 'cloud-refused', problem: error.message });
}

async function tickAll({ controller, clock, signal }: WorkerOptions): Promise<void> {
  while (!signal.aborted) {
    await controller.tick();
    await sleepUnlessAborted(clock, TICK_MS, signal);
  }
}

function sleepUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(ms, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** Of ten messages each: what is in flight becomes visible again if it takes longer than the visibility timeout. */
const MOST_BATCHES = 10;
const LONG_POLL_SECONDS = 20;
const TICK_MS = 60_000;
const PAUSE_MS = 1_000;

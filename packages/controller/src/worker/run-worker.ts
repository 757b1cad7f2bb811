import type { Clock } from '@spotproof/core';
import { isSpotproofError } from '@spotproof/core';
import type { QueueRecord } from '../batch.ts';
import type { Controller } from '../controller.ts';
import type { Decision } from '../decision.ts';
import { sleep } from '../sleep.ts';

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

/** Messages that failed are not removed: the queue hands them out again after their visibility timeout, and to its dead-letter queue in the end. */
async function receiveAll({ controller, queue, clock, record, signal }: WorkerOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const messages = await queue.receive(LONG_POLL_SECONDS, signal);
      if (messages.length === 0) continue;
      const failed = new Set(await controller.handle(messages));
      const done = messages.filter(({ messageId }) => !failed.has(messageId));
      if (done.length > 0) await queue.remove(done.map(({ receiptHandle }) => receiptHandle));
    } catch (error) {
      if (signal.aborted) return;
      if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
      record({ type: 'skip', at: clock.now(), unit: undefined, why: 'cloud-refused', problem: error.message });
      await sleep(clock, PAUSE_MS);
    }
  }
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

const LONG_POLL_SECONDS = 20;
const TICK_MS = 60_000;
const PAUSE_MS = 1_000;

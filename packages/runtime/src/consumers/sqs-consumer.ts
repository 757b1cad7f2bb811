import { createLifecycle } from '../create-lifecycle.ts';
import { invalid } from '../process/settings.ts';
import type { Lifecycle } from '../protection.ts';
import { makeVisible, nameOf, type SqsMessage, type VisibilityClient } from './sqs-client.ts';

/** The part of sqs-consumer's `Consumer` that is used. */
export interface PollingConsumer {
  readonly status: { readonly isPolling: boolean };
  stop(): void;
  // Generic over the event as sqs-consumer's own: TypeScript does not match its method with overloads.
  on<E extends keyof PollingEvents>(
    event: E,
    listener: (...args: [...PollingEvents[E], metadata?: { readonly queueUrl?: string | undefined }]) => void,
  ): unknown;
}

/** The events of sqs-consumer that are listened to, with what they tell. */
interface PollingEvents {
  readonly message_received: readonly [message: SqsMessage];
  readonly message_processed: readonly [message: SqsMessage];
  readonly processing_error: readonly [error: Error, message: SqsMessage];
  readonly timeout_error: readonly [error: Error, message: SqsMessage];
  readonly response_processed: readonly [];
  readonly empty: readonly [];
  readonly error: readonly [error: Error, message: unknown];
}

export interface PollingConsumerOptions {
  /** Where to give messages back. The same `new SQS(…)` may be the consumer's own `sqs`. */
  readonly sqs: VisibilityClient;
  readonly queueUrl: string;
  /** How it is called in the report. Default: the last part of the queue's address. */
  readonly name?: string;
}

/**
 * Drains an sqs-consumer with the process. It begins no poll from SIGTERM on and finishes the messages it has; those that cannot finish, or come too late,
 * are made visible again.
 *
 * A poll that is under way is waited for, up to its `waitTimeSeconds` (20 s by default; 10 s is kinder to a stop timeout of 30 s). It is never aborted:
 * SQS may have assigned it a message already, which nobody would see until its visibility timeout. And `stop({ abort: true })` would also abort the
 * deletion of each message that finishes afterwards, so that it is processed twice.
 *
 * @example
 * const sqs = new SQS({});
 * const consumer = Consumer.create({ queueUrl, sqs, handleMessage });
 * protectConsumer(consumer, { sqs, queueUrl });
 * consumer.start();
 */
export function protectConsumer(consumer: PollingConsumer, options: PollingConsumerOptions): Lifecycle {
  const { sqs, queueUrl } = options;
  const ofQueue = queueName(queueUrl);
  const name = options.name ?? ofQueue;
  const life = createLifecycle();
  const running = new Set<SqsMessage>();
  const lateOnes = new Set<Promise<unknown>>();
  let isHandedBack = false;
  const giveBack = async (): Promise<readonly string[]> => {
    const { visible, error } = await makeVisible({ sqs, queueUrl, messages: [...running] });
    for (const message of visible) running.delete(message);
    if (error !== undefined) throw error;
    return visible.map(nameOf);
  };

  const ended = (message: SqsMessage): void => {
    running.delete(message);
    handle.changed();
  };

  consumer.on('message_received', (message) => {
    running.add(message);
    handle.changed();
    if (!isHandedBack) return;
    // The last poll brought it after everything else was handed back: there is no time left for it.
    const late = giveBack().catch(() => {});
    lateOnes.add(late);
  });
  consumer.on('message_processed', ended);
  consumer.on('processing_error', (_error, message) => ended(message));
  consumer.on('timeout_error', (_error, message) => ended(message));
  // Whatever a handler left without a word (not acknowledged, part of a batch) is over with its poll.
  consumer.on('response_processed', () => {
    running.clear();
    handle.changed();
  });

  const handle = life.consumer(name, {
    stop: () => consumer.stop(),
    drained: () => pollIsOver(consumer),
    async handBack() {
      isHandedBack = true;
      return await giveBack();
    },
    running: () => [...running].map(nameOf),
  });
  life.hook(`${name}: late messages`, () => Promise.all(lateOnes));
  return life;
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`: it mostly comes from the environment, where it may be missing. */
export function queueName(queueUrl: unknown): string {
  if (typeof queueUrl !== 'string' || queueUrl === '') throw invalid('queueUrl', "the queue's address", queueUrl);
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}

/** `stop()` tells of itself at once, whatever still runs; only the status knows about the poll and what it brought. */
async function pollIsOver(consumer: PollingConsumer): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (consumer.status.isPolling) return;
      clearInterval(timer);
      resolve();
    };
    // The status changes a moment after the event. The timer is for a poll that ends without any.
    const lookSoon = (): void => {
      setImmediate(look);
    };
    const timer = setInterval(look, 500);
    consumer.on('response_processed', lookSoon);
    consumer.on('empty', lookSoon);
    consumer.on('error', lookSoon);
    look();
  });
}

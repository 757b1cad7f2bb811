import { createLifecycle } from '../create-lifecycle.ts';
import type { RequestContext } from '../life/request-context.ts';
import { invalid } from '../process/settings.ts';
import type { Lifecycle } from '../protection.ts';
import { makeVisible, nameOf, type ReceivingClient, type SqsMessage } from './sqs-client.ts';
import { queueName } from './sqs-consumer.ts';

/** What a handler sees of the drain. */
export type MessageContext = Pick<RequestContext, 'draining' | 'stop'>;

export interface QueueOptions<Message extends SqsMessage> {
  /** The AWS SDK's `SQS` client. */
  readonly sqs: ReceivingClient<Message>;
  readonly queueUrl: string;
  /** Resolving deletes the message. Rejecting leaves it to the queue's visibility timeout and redrive policy. */
  handle(message: Message, context: MessageContext): unknown;
  /** Told of what `handle` and SQS reject with. */
  failed?(error: unknown, message: Message | undefined): void;
  /** How it is called in the report. Default: the last part of the queue's address. */
  readonly name?: string;
  /** Messages that are handled at once, 1 to 1000. Default 10. */
  readonly concurrency?: number;
  /** How long one receive call waits for a message, 0 to 20 s. Default 10: a drain waits for the last one. */
  readonly waitTimeSeconds?: number;
  /** For each received message; the queue's own by default. */
  readonly visibilityTimeoutSeconds?: number;
}

/**
 * Receives from an SQS queue until the process drains. From SIGTERM on nothing is received any more; the receive call under way is waited for and not
 * aborted, since SQS may have assigned it messages that nobody would see until their visibility timeout. What it brings, and what cannot finish in
 * time, is made visible again at once.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a number out of range, or no `queueUrl`.
 *
 * @example consumeQueue({ sqs: new SQS({}), queueUrl, handle: async (message, { stop }) => { await save(message.Body, { signal: stop }); } });
 */
export function consumeQueue<Message extends SqsMessage>(options: QueueOptions<Message>): Lifecycle {
  const ofQueue = queueName(options.queueUrl);
  const life = createLifecycle();
  const loop = new ReceiveLoop(options, { draining: life.draining, stop: life.stop }, () => handle.changed());
  const handle = life.consumer(options.name ?? ofQueue, {
    stop: () => loop.stop(),
    drained: () => loop.ended,
    handBack: () => loop.handBack(),
    running: () => loop.names(),
  });
  loop.start();
  return life;
}

class ReceiveLoop<Message extends SqsMessage> {
  readonly #options: QueueOptions<Message>;
  readonly #context: MessageContext;
  readonly #changed: () => void;
  readonly #running = new Map<Message, Promise<void>>();
  readonly #concurrency: number;
  readonly #waitTimeSeconds: number;
  #isTaking = true;
  #wake: () => void = () => {};
  ended: Promise<void> = Promise.resolve();

  constructor(options: QueueOptions<Message>, context: MessageContext, changed: () => void) {
    this.#changed = changed;
    this.#options = options;
    this.#context = context;
    this.#concurrency = whole('concurrency', options.concurrency, { fallback: 10, min: 1, max: 1000 });
    this.#waitTimeSeconds = whole('waitTimeSeconds', options.waitTimeSeconds, { fallback: 10, min: 0, max: 20 });
    whole('visibilityTimeoutSeconds', options.visibilityTimeoutSeconds, { fallback: 30, min: 0, max: 43_200 });
  }

  start(): void {
    this.ended = this.#run();
  }

  stop(): void {
    this.#isTaking = false;
    this.#wake();
  }

  names(): readonly string[] {
    return [...this.#running.keys()].map(nameOf);
  }

  /** What runs may go on to its end: whoever has the message then is not the only one, as always with SQS. */
  async handBack(): Promise<readonly string[]> {
    return await this.#giveBack([...this.#running.keys()]);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#isTaking) {
      const free = this.#concurrency - this.#running.size;
      if (free <= 0) {
        await this.#somethingChanges();
        continue;
      }
      try {
        await this.#receive(Math.min(free, LARGEST_BATCH));
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#options.failed?.(error, undefined);
        await this.#pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10)));
      }
    }
    await Promise.all(this.#running.values());
  }

  async #receive(most: number): Promise<void> {
    const { sqs, queueUrl, visibilityTimeoutSeconds } = this.#options;
    const { Messages = [] } = await sqs.receiveMessage({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: this.#waitTimeSeconds,
      ...(visibilityTimeoutSeconds === undefined ? {} : { VisibilityTimeout: visibilityTimeoutSeconds }),
    });
    if (this.#isTaking) {
      for (const message of Messages) this.#begin(message);
      return;
    }
    if (Messages.length > 0) await this.#giveBack(Messages);
  }

  #begin(message: Message): void {
    const handling = this.#handle(message)
      .catch((error: unknown) => this.#options.failed?.(error, message))
      .finally(() => {
        this.#running.delete(message);
        this.#changed();
        this.#wake();
      });
    this.#running.set(message, handling);
    this.#changed();
  }

  async #handle(message: Message): Promise<void> {
    const { sqs, queueUrl } = this.#options;
    await this.#options.handle(message, this.#context);
    await sqs.deleteMessage({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle ?? '' });
  }

  async #giveBack(messages: readonly Message[]): Promise<readonly string[]> {
    const { sqs, queueUrl } = this.#options;
    const { visible, error } = await makeVisible({ sqs, queueUrl, messages });
    for (const message of visible) this.#running.delete(message);
    if (error !== undefined) throw error;
    return visible.map(nameOf);
  }

  async #somethingChanges(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async #pause(delayMs: number): Promise<void> {
    if (!this.#isTaking) return;
    const changed = this.#somethingChanges();
    const timer = setTimeout(this.#wake, delayMs);
    await changed;
    clearTimeout(timer);
  }
}

function whole(
  option: string,
  value: unknown,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(option, `a whole number from ${min} to ${max}`, value);
}

/** SQS gives no more messages in one call. */
const LARGEST_BATCH = 10;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

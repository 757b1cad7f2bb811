import type { Claim } from '../claim/claim.ts';
import { once, type KeyParts, type OnceOptions } from '../once/index.ts';
import type { ClaimStore } from '../store.ts';

/** The part of sqs-consumer's options that is set, in versions 11 and newer. */
export interface VisibilityOptions {
  /** How long a message stays with a consumer that was killed, in seconds. sqs-consumer's default: what the queue says. */
  readonly visibilityTimeout?: number | undefined;
  /** How often a message that is still being handled is kept for that long again, in seconds. sqs-consumer's default: never. */
  readonly heartbeatInterval?: number | undefined;
}

/**
 * Options for an sqs-consumer whose process may be killed at any time. What is given stays as it is.
 *
 * Without a heartbeat the queue's visibility timeout has to be longer than the longest handling, so that a killed consumer's message waits for as long; and
 * one that is handled for longer is given to a second consumer meanwhile. With this it comes back within 30 s, and no earlier.
 *
 * At SIGTERM nothing waits: `protectConsumer()` of `@spotproof/runtime/sqs` makes the messages visible at once.
 *
 * @example
 * const consumer = Consumer.create(sqsConsumerSpot({ queueUrl, sqs, handleMessage: oncePerMessage(store, { name: 'orders', handle }) }));
 * protectConsumer(consumer, { sqs, queueUrl });
 */
export function sqsConsumerSpot<Options extends object>(
  options: Options & VisibilityOptions,
): Options & { readonly [Name in keyof VisibilityOptions]-?: number } {
  const { visibilityTimeout = 30 } = options;
  // sqs-consumer refuses one that is no shorter.
  const { heartbeatInterval = Math.max(1, Math.floor(visibilityTimeout / 3)) } = options;
  return { ...options, visibilityTimeout, heartbeatInterval };
}

/** The part of a message that is used. */
export interface QueueMessage {
  readonly MessageId?: string | undefined;
  readonly Body?: string | undefined;
}

export interface OncePerMessageOptions<Message extends QueueMessage> extends Pick<
  OnceOptions<[Message], void>,
  'leaseMs' | 'keepMs' | 'onBusy' | 'keepError' | 'lifecycle'
> {
  /** Of the work, the same in every process and release; such as the queue's. At most 100 bytes. */
  readonly name: string;
  /** The work. Each effect in it that another system has should go there under a `claim.effectKey()`. */
  readonly handle: (message: Message, claim: Claim) => unknown;
  /**
   * What must not be done twice, such as the number of the order. Default: the id of the message, which is the same each time that SQS delivers it, but
   * another one when the sender sends it again.
   */
  readonly key?: (message: Message) => KeyParts;
}

/**
 * Makes a handler that does the work of each message once, though SQS may deliver it several times: to two consumers at once, after a kill, or again from a
 * dead-letter queue. A copy of what is done resolves at once, so that it is deleted. One that somebody else is at work on rejects with
 * `SPOTPROOF_CLAIM_BUSY`, so that it stays in the queue until then.
 *
 * For `handleMessage` of sqs-consumer, `handle` of `consumeQueue()`, and any loop that deletes what was handled without an error.
 *
 * @returns Resolves with the message, which is how sqs-consumer is told to delete it.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`; see `once` for what the handler rejects with.
 */
export function oncePerMessage<Message extends QueueMessage>(
  store: ClaimStore,
  { name, handle, key, keepMs = LONGEST_RETENTION_MS, ...options }: OncePerMessageOptions<Message>,
): (message: Message) => Promise<Message> {
  const work = once<[Message], undefined>(store, {
    ...options,
    name,
    keepMs,
    // Whose work it is says the queue: nobody is answered with a result.
    scope: () => name,
    // A message without an id is refused there.
    key: key ?? (({ MessageId = '' }) => MessageId),
    // What is sent again under the same key may have another time of sending in it.
    fingerprint: false,
    codec: NO_RESULT,
    run: async (claim, message) => {
      await handle(message, claim);
      return undefined;
    },
  });
  return async (message) => {
    await work(message);
    return message;
  };
}

const NO_RESULT = { encode: () => new Uint8Array(), decode: () => undefined };
/** SQS keeps a message for 14 days at most, in each of a queue and its dead-letter queue. */
const LONGEST_RETENTION_MS = 14 * 86_400_000;

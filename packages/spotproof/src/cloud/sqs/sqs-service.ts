import type { Clock } from '@spotproof/core';
import { SQS } from '../models/sqs.ts';
import { CloudFault } from '../wire/fault.ts';
import type { ServiceModel, Shape } from '../wire/service-model.ts';
import type { Caller, CloudService } from '../wire/service.ts';
import { checkBatch, checkBody, checkReceipt, checkSeconds, exceptionOf, ofQueues } from './check-messages.ts';
import { Queue, type QueueMessage, type QueueSettings } from './queue.ts';

export interface SqsOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** Where the endpoint is reached: queue URLs begin with it. */
  readonly baseUrl: () => string;
}

/** Standard queues, as far as an event pipeline needs them: long polling, visibility, dead letters. FIFO queues are refused. */
export class Sqs {
  readonly service: CloudService;
  readonly #options: SqsOptions;
  readonly #queues = new Map<string, Queue>();

  constructor(options: SqsOptions) {
    this.#options = options;
    this.service = {
      name: 'Amazon SQS',
      model: MODEL,
      protocol: { kind: 'json', version: '1.0', targetPrefix: 'AmazonSQS', exceptionOf },
      invalidInputCode: 'InvalidParameterValue',
      operations: {
        CreateQueue: (input: CreateQueueInput) => this.#create(input),
        GetQueueUrl: (input: { readonly QueueName: string }) => {
          this.#named(input.QueueName);
          return { QueueUrl: this.#url(input.QueueName) };
        },
        ListQueues: (input: { readonly QueueNamePrefix?: string }) => ({
          QueueUrls: [...this.#queues.keys()].filter((name) => name.startsWith(input.QueueNamePrefix ?? '')).map((name) => this.#url(name)),
        }),
        DeleteQueue: (input: OfQueue) => {
          this.#queues.delete(this.#nameOf(input));
          return {};
        },
        PurgeQueue: (input: OfQueue) => {
          this.#of(input).purge();
          return {};
        },
        GetQueueAttributes: (input: OfQueue & { readonly AttributeNames?: readonly string[] }) => ({
          Attributes: this.#attributes(input, input.AttributeNames ?? []),
        }),
        SetQueueAttributes: (input: OfQueue & { readonly Attributes: Texts }) => {
          const queue = this.#of(input);
          queue.settings = this.#checked(readSettings(input.Attributes, queue.settings));
          return {};
        },
        SendMessage: (input: OfQueue & Sent) => this.#send(input, input),
        SendMessageBatch: (input: OfQueue & { readonly Entries: readonly (Sent & { readonly Id: string })[] }) => {
          checkBatch(input.Entries);
          return { Successful: input.Entries.map((entry) => ({ Id: entry.Id, ...this.#send(input, entry) })), Failed: [] };
        },
        ReceiveMessage: (input: OfQueue & ReceiveInput, caller: Caller) => this.#receive(input, caller),
        DeleteMessage: (input: OfQueue & { readonly ReceiptHandle: string }) => {
          checkReceipt(input.ReceiptHandle);
          this.#of(input).remove(input.ReceiptHandle);
          return {};
        },
        DeleteMessageBatch: (input: OfQueue & { readonly Entries: readonly { readonly Id: string; readonly ReceiptHandle: string }[] }) => {
          checkBatch(input.Entries);
          for (const { ReceiptHandle } of input.Entries) this.#of(input).remove(ReceiptHandle);
          return { Successful: input.Entries.map(({ Id }) => ({ Id })), Failed: [] };
        },
        ChangeMessageVisibility: (input: OfQueue & Visibility) => {
          checkReceipt(input.ReceiptHandle);
          checkSeconds('VisibilityTimeout', input.VisibilityTimeout, MOST_VISIBILITY_S);
          if (!this.#of(input).changeVisibility(input.ReceiptHandle, input.VisibilityTimeout)) throw notInFlight();
          return {};
        },
        ChangeMessageVisibilityBatch: (input: OfQueue & { readonly Entries: readonly (Visibility & { readonly Id: string })[] }) => {
          checkBatch(input.Entries);
          const changed = input.Entries.map((entry) => ({
            Id: entry.Id,
            isDone: this.#of(input).changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout),
          }));
          const { code, message } = notInFlight();
          return {
            Successful: changed.filter(({ isDone }) => isDone).map(({ Id }) => ({ Id })),
            Failed: changed.filter(({ isDone }) => !isDone).map(({ Id }) => ({ Id, SenderFault: true, Code: code, Message: message })),
          };
        },
        TagQueue: (input: OfQueue & { readonly Tags: Texts }) => {
          const queue = this.#of(input);
          queue.tags = { ...queue.tags, ...input.Tags };
          return {};
        },
        UntagQueue: (input: OfQueue & { readonly TagKeys: readonly string[] }) => {
          const queue = this.#of(input);
          queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !input.TagKeys.includes(key)));
          return {};
        },
        ListQueueTags: (input: OfQueue) => ({ Tags: this.#of(input).tags }),
      },
    };
  }

  /** Puts a message into the queue of this ARN. False when there is none. */
  deliver(queueArn: string, body: string): boolean {
    const queue = this.#queues.get(queueArn.slice(queueArn.lastIndexOf(':') + 1));
    queue?.send(body);
    return queue !== undefined;
  }

  #create({ QueueName: name, Attributes: attributes = {}, tags = {} }: CreateQueueInput): { readonly QueueUrl: string } {
    if (!/^[\w-]{1,80}$/.test(name))
      throw new CloudFault('InvalidParameterValue', 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
    const known = this.#queues.get(name);
    if (known !== undefined && JSON.stringify(readSettings(attributes, known.settings)) !== JSON.stringify(known.settings))
      throw new CloudFault('QueueAlreadyExists', 'A queue already exists with the same name and a different value for one of its attributes.');
    if (known === undefined) {
      const settings = this.#checked(readSettings(attributes, DEFAULTS));
      const onDead = (message: QueueMessage, deadLetterQueueArn: string): void => {
        const target = this.#queues.get(deadLetterQueueArn.slice(deadLetterQueueArn.lastIndexOf(':') + 1));
        target?.send(message.body, { attributes: message.attributes, messageId: message.messageId });
      };
      this.#queues.set(name, new Queue({ clock: this.#options.clock, settings, tags, onDead }));
    }
    return { QueueUrl: this.#url(name) };
  }

  /** @throws {CloudFault} for a dead-letter queue that is not there. */
  #checked(settings: QueueSettings): QueueSettings {
    const arn = settings.redrive?.deadLetterQueueArn;
    if (arn !== undefined && !this.#queues.has(arn.slice(arn.lastIndexOf(':') + 1)))
      throw new CloudFault(
        'InvalidParameterValue',
        `Value ${arn} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
      );
    return settings;
  }

  #send(queue: OfQueue, { MessageBody, DelaySeconds, MessageAttributes }: Sent): object {
    checkBody(MessageBody);
    checkSeconds('DelaySeconds', DelaySeconds, MOST_DELAY_S);
    const { messageId, bodyMd5 } = this.#of(queue).send(MessageBody, { attributes: MessageAttributes, delaySeconds: DelaySeconds });
    return { MessageId: messageId, MD5OfMessageBody: bodyMd5 };
  }

  async #receive(input: OfQueue & ReceiveInput, { signal }: Caller): Promise<object> {
    const { MaxNumberOfMessages = 1, WaitTimeSeconds, VisibilityTimeout } = input;
    if (MaxNumberOfMessages < 1 || MaxNumberOfMessages > 10)
      throw new CloudFault(
        'InvalidParameterValue',
        `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      );
    checkSeconds('WaitTimeSeconds', WaitTimeSeconds, MOST_WAIT_S);
    checkSeconds('VisibilityTimeout', VisibilityTimeout, MOST_VISIBILITY_S);
    const received = await this.#of(input).receive({
      max: MaxNumberOfMessages,
      waitSeconds: WaitTimeSeconds,
      visibilityTimeoutSeconds: VisibilityTimeout,
      signal,
    });
    // No message, no list: that is what clients look for.
    if (received.length === 0) return {};
    return {
      Messages: received.map(({ messageId, body, bodyMd5, receiptHandle, receiveCount, sentAt, firstReceivedAt, attributes }) => ({
        MessageId: messageId,
        ReceiptHandle: receiptHandle,
        Body: body,
        MD5OfBody: bodyMd5,
        MessageAttributes: attributes,
        Attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SentTimestamp: String(Math.round(sentAt)),
          ApproximateFirstReceiveTimestamp: String(Math.round(firstReceivedAt ?? 0)),
        },
      })),
    };
  }

  #attributes(queue: OfQueue, names: readonly string[]): Texts {
    const { settings } = this.#of(queue);
    const counts = this.#of(queue).counts();
    const { redrive } = settings;
    const all: Texts = {
      ...settings.kept,
      QueueArn: `arn:aws:sqs:${this.#options.region}:${this.#options.account}:${this.#nameOf(queue)}`,
      ApproximateNumberOfMessages: String(counts.visible),
      ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
      ApproximateNumberOfMessagesDelayed: String(counts.delayed),
      VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
      DelaySeconds: String(settings.delaySeconds),
      ReceiveMessageWaitTimeSeconds: String(settings.receiveWaitSeconds),
      MessageRetentionPeriod: String(settings.retentionSeconds),
      ...(redrive === undefined
        ? {}
        : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: redrive.deadLetterQueueArn, maxReceiveCount: redrive.maxReceiveCount }) }),
    };
    return names.includes('All') ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  }

  #of(input: OfQueue): Queue {
    return this.#named(this.#nameOf(input));
  }

  #named(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw ofQueues('NonExistentQueue', 'The specified queue does not exist.');
    return queue;
  }

  #nameOf({ QueueUrl }: OfQueue): string {
    return QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
  }

  #url(name: string): string {
    return `${this.#options.baseUrl()}/${this.#options.account}/${name}`;
  }
}

type Texts = Readonly<Record<string, string>>;

interface CreateQueueInput {
  readonly QueueName: string;
  readonly Attributes?: Texts;
  readonly tags?: Texts;
}

interface OfQueue {
  readonly QueueUrl: string;
}

interface Sent {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: unknown;
}

interface ReceiveInput {
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
}

interface Visibility {
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

function readSettings(attributes: Texts, before: QueueSettings): QueueSettings {
  if (attributes['FifoQueue'] === 'true')
    throw new CloudFault('InvalidAttributeName', 'FIFO queues are not served here: a standard queue is what events need.');
  const number = (name: string, was: number, max: number): number => {
    const text = attributes[name];
    if (text === undefined) return was;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > max)
      throw new CloudFault('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    return value;
  };
  return {
    visibilityTimeoutSeconds: number('VisibilityTimeout', before.visibilityTimeoutSeconds, MOST_VISIBILITY_S),
    delaySeconds: number('DelaySeconds', before.delaySeconds, MOST_DELAY_S),
    receiveWaitSeconds: number('ReceiveMessageWaitTimeSeconds', before.receiveWaitSeconds, MOST_WAIT_S),
    retentionSeconds: number('MessageRetentionPeriod', before.retentionSeconds, 1_209_600),
    redrive: attributes['RedrivePolicy'] === undefined ? before.redrive : readRedrive(attributes['RedrivePolicy']),
    kept: { ...before.kept, ...Object.fromEntries(Object.entries(attributes).filter(([name]) => KEPT.includes(name))) },
  };
}

function readRedrive(text: string): QueueSettings['redrive'] {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    policy = undefined;
  }
  const fields = new Map<string, unknown>(Object.entries(Object(policy)));
  const arn = fields.get('deadLetterTargetArn');
  const count = Number(fields.get('maxReceiveCount'));
  if (typeof arn !== 'string' || !Number.isInteger(count) || count < 1 || count > 1_000)
    throw new CloudFault('InvalidAttributeValue', `Value ${text} for parameter RedrivePolicy is invalid.`);
  return { deadLetterQueueArn: arn, maxReceiveCount: count };
}

function withAttributesOfMessages(shape: Shape | undefined): Shape {
  if (shape?.type !== 'structure') throw new TypeError('the model of SQS has no ReceiveMessageRequest');
  return { ...shape, members: { ...shape.members, AttributeNames: 'MessageSystemAttributeList' } };
}

function notInFlight(): CloudFault {
  return ofQueues('MessageNotInflight', 'The specified message is not in flight.');
}

/**
 * ReceiveMessage takes the attributes of a message by their old name too. The public model has those of a queue there, AWS does not look, and clients such
 * as sqs-consumer ask for `ApproximateReceiveCount` in that way.
 */
const MODEL: ServiceModel = {
  ...SQS,
  shapes: {
    ...SQS.shapes,
    ReceiveMessageRequest: withAttributesOfMessages(SQS.shapes['ReceiveMessageRequest']),
  },
};

/** SQS API reference, SetQueueAttributes. */
const DEFAULTS: QueueSettings = {
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  receiveWaitSeconds: 0,
  retentionSeconds: 345_600,
  redrive: undefined,
  kept: { MaximumMessageSize: '1048576', SqsManagedSseEnabled: 'true' },
};
/** What nothing here looks at: there are no permissions and no encryption. */
const KEPT = ['Policy', 'MaximumMessageSize', 'RedriveAllowPolicy', 'SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];
const MOST_VISIBILITY_S = 43_200;
const MOST_DELAY_S = 900;
const MOST_WAIT_S = 20;

import type { CallGroup } from '../call.ts';

const GONE = 'http://127.0.0.1:1/111122223333/nothing';
const NO_QUEUE = { refused: 'AWS.SimpleQueueService.NonExistentQueue', sdkName: 'QueueDoesNotExist', message: /does not exist/ };

export const QUEUES: CallGroup = {
  title: 'Queues',
  calls: [
    {
      call: 'sqs CreateQueue',
      input: { QueueName: 'dead' },
      expect: { answer: { QueueUrl: /\/111122223333\/dead$/ } },
      fact: 'API reference, CreateQueue',
    },
    {
      call: 'sqs CreateQueue',
      input: {
        QueueName: 'events',
        Attributes: {
          VisibilityTimeout: '60',
          RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":"5"}',
        },
      },
      expect: { answer: { QueueUrl: /\/111122223333\/events$/ } },
      save: { QUEUE: 'QueueUrl' },
      fact: 'API reference, CreateQueue: attributes are texts',
    },
    {
      call: 'sqs GetQueueAttributes',
      input: { QueueUrl: '$QUEUE', AttributeNames: ['All'] },
      expect: {
        answer: {
          Attributes: {
            QueueArn: 'arn:aws:sqs:us-east-1:111122223333:events',
            VisibilityTimeout: '60',
            MessageRetentionPeriod: '345600',
            DelaySeconds: '0',
            ApproximateNumberOfMessages: '0',
            RedrivePolicy: /"maxReceiveCount":"?5/,
          },
        },
      },
      fact: 'API reference, CreateQueue: retention is 345,600 s (four days) by default',
    },
    {
      call: 'sqs GetQueueUrl',
      input: { QueueName: 'events' },
      expect: { answer: { QueueUrl: /\/events$/ } },
      fact: 'API reference, GetQueueUrl',
    },
    { call: 'sqs GetQueueUrl', input: { QueueName: 'nothing' }, expect: NO_QUEUE, fact: 'API reference, QueueDoesNotExist' },
    {
      call: 'sqs ListQueues',
      input: { QueueNamePrefix: 'ev' },
      expect: { answer: { QueueUrls: [/\/events$/] } },
      fact: 'API reference, ListQueues',
    },
    {
      call: 'sqs CreateQueue',
      input: { QueueName: 'two words' },
      expect: { refused: 'InvalidParameterValue', message: /alphanumeric/ },
      fact: 'API reference, CreateQueue: up to 80 letters, numbers, hyphens and underscores',
    },
    {
      call: 'sqs SetQueueAttributes',
      input: { QueueUrl: '$QUEUE', Attributes: { VisibilityTimeout: '43201' } },
      expect: { refused: 'InvalidAttributeValue', message: /VisibilityTimeout/ },
      fact: 'API reference, SetQueueAttributes: 0 to 43,200 s (12 hours)',
    },
    {
      call: 'sqs SetQueueAttributes',
      input: { QueueUrl: '$QUEUE', Attributes: { DelaySeconds: '901' } },
      expect: { refused: 'InvalidAttributeValue', message: /DelaySeconds/ },
      fact: 'API reference, SetQueueAttributes: 0 to 900 s',
    },
    {
      call: 'sqs SetQueueAttributes',
      input: { QueueUrl: '$QUEUE', Attributes: { RedrivePolicy: '{"maxReceiveCount":"5"}' } },
      expect: { refused: 'InvalidAttributeValue', message: /RedrivePolicy/ },
      fact: 'API reference, SetQueueAttributes: a redrive policy names its dead-letter queue',
    },
    {
      call: 'sqs SetQueueAttributes',
      input: {
        QueueUrl: '$QUEUE',
        Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:nothing","maxReceiveCount":"5"}' },
      },
      expect: { refused: 'InvalidParameterValue', message: /Dead letter target does not exist/ },
      fact: 'Developer guide, dead-letter queues: the queue is made first',
    },
    {
      call: 'sqs CreateQueue',
      input: { QueueName: 'units.fifo', Attributes: { FifoQueue: 'true' } },
      expect: { refused: 'InvalidParameterValue', message: /alphanumeric/ },
      fact: 'Developer guide, FIFO queues: the name ends with .fifo',
      differs: 'AWS makes a FIFO queue; here queues are standard ones.',
    },
    {
      call: 'sqs SendMessage',
      input: { QueueUrl: '$QUEUE', MessageBody: 'hello' },
      expect: { answer: { MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592', MessageId: /.+/ } },
      fact: 'API reference, SendMessage: the MD5 of the body',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', AttributeNames: ['All'], WaitTimeSeconds: 1 },
      expect: { answer: { Messages: [{ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } }] } },
      save: { RECEIPT: 'Messages[0].ReceiptHandle' },
      fact: 'API reference, ReceiveMessage: one message unless more are asked for',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE' },
      expect: { answer: { Messages: null } },
      fact: 'Developer guide, visibility timeout: a received message is not given again before that is over',
    },
    {
      call: 'sqs ChangeMessageVisibility',
      input: { QueueUrl: '$QUEUE', ReceiptHandle: '$RECEIPT', VisibilityTimeout: 0 },
      expect: { answer: {} },
      fact: 'API reference, ChangeMessageVisibility: 0 gives it back at once',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', AttributeNames: ['ApproximateReceiveCount'] },
      expect: { answer: { Messages: [{ Body: 'hello', Attributes: { ApproximateReceiveCount: '2' } }] } },
      save: { RECEIPT: 'Messages[0].ReceiptHandle' },
      fact: 'Developer guide: at least once; the receive count tells',
    },
    {
      call: 'sqs DeleteMessage',
      input: { QueueUrl: '$QUEUE', ReceiptHandle: '$RECEIPT' },
      expect: { answer: {} },
      fact: 'API reference, DeleteMessage',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', MaxNumberOfMessages: 11 },
      expect: { refused: 'InvalidParameterValue', message: /between 1 and 10/ },
      fact: 'API reference, ReceiveMessage: 1 to 10 messages',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', WaitTimeSeconds: 21 },
      expect: { refused: 'InvalidParameterValue', message: /<= 20/ },
      fact: 'Developer guide, long polling: up to 20 s',
    },
    { call: 'sqs ReceiveMessage', input: { QueueUrl: GONE }, expect: NO_QUEUE, fact: 'API reference, QueueDoesNotExist' },
    {
      call: 'sqs CreateQueue',
      input: { QueueName: 'events', Attributes: { VisibilityTimeout: '60' } },
      expect: { answer: { QueueUrl: /\/events$/ } },
      fact: 'API reference, CreateQueue: one that is there is given back when the attributes are its own',
    },
    {
      call: 'sqs CreateQueue',
      input: { QueueName: 'events', Attributes: { VisibilityTimeout: '61' } },
      expect: { refused: 'QueueAlreadyExists', sdkName: 'QueueNameExists', message: /already exists/ },
      fact: 'API reference, CreateQueue: an error when an attribute has another value',
    },
    {
      call: 'sqs SetQueueAttributes',
      input: { QueueUrl: '$QUEUE', Attributes: { Policy: '{"Statement":[]}' } },
      expect: { answer: {} },
      fact: 'User guide of EventBridge: the policy of a queue lets events.amazonaws.com send to it. Here nothing asks for it',
    },
    {
      call: 'sqs GetQueueAttributes',
      input: { QueueUrl: '$QUEUE', AttributeNames: ['Policy'] },
      expect: { answer: { Attributes: { Policy: '{"Statement":[]}' } } },
      fact: 'API reference, GetQueueAttributes',
    },
    {
      call: 'sqs TagQueue',
      input: { QueueUrl: '$QUEUE', Tags: { team: 'shop', stage: 'test' } },
      expect: { answer: {} },
      fact: 'API reference, TagQueue',
    },
    { call: 'sqs UntagQueue', input: { QueueUrl: '$QUEUE', TagKeys: ['stage'] }, expect: { answer: {} }, fact: 'API reference, UntagQueue' },
    {
      call: 'sqs ListQueueTags',
      input: { QueueUrl: '$QUEUE' },
      expect: { answer: { Tags: { team: 'shop', stage: null } } },
      fact: 'API reference, ListQueueTags',
    },
    {
      call: 'sqs SendMessage',
      input: { QueueUrl: '$QUEUE', MessageBody: '' },
      expect: { refused: 'MissingParameter', message: /MessageBody/ },
      fact: 'API reference, SendMessage: one character at least',
    },
    {
      call: 'sqs SendMessage',
      input: { QueueUrl: '$QUEUE', MessageBody: 'x', DelaySeconds: 901 },
      expect: { refused: 'InvalidParameterValue', message: /DelaySeconds/ },
      fact: 'API reference, SendMessage: a delay of 0 to 900 s',
    },
    {
      call: 'sqs SendMessageBatch',
      input: { QueueUrl: '$QUEUE', Entries: [] },
      expect: { refused: 'AWS.SimpleQueueService.EmptyBatchRequest', sdkName: 'EmptyBatchRequest', message: /at least one/ },
      fact: 'API reference, EmptyBatchRequest',
    },
    {
      call: 'sqs SendMessageBatch',
      input: {
        QueueUrl: '$QUEUE',
        Entries: [
          { Id: 'one', MessageBody: '1' },
          { Id: 'one', MessageBody: '2' },
        ],
      },
      expect: { refused: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct', sdkName: 'BatchEntryIdsNotDistinct', message: /Id one repeated/ },
      fact: 'API reference, BatchEntryIdsNotDistinct',
    },
    {
      call: 'sqs DeleteMessageBatch',
      input: { QueueUrl: '$QUEUE', Entries: Array.from({ length: 11 }, (_, index) => ({ Id: String(index), ReceiptHandle: 'x' })) },
      expect: { refused: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest', sdkName: 'TooManyEntriesInBatchRequest', message: /are 10/ },
      fact: 'API reference, TooManyEntriesInBatchRequest: ten messages a batch',
    },
    {
      call: 'sqs DeleteMessage',
      input: { QueueUrl: '$QUEUE', ReceiptHandle: 'nobody gave this' },
      expect: { refused: 'ReceiptHandleIsInvalid', message: /receipt handle/ },
      fact: 'API reference, ReceiptHandleIsInvalid',
    },
    {
      call: 'sqs SendMessageBatch',
      input: {
        QueueUrl: '$QUEUE',
        Entries: [
          { Id: 'one', MessageBody: '1' },
          { Id: 'two', MessageBody: '2' },
        ],
      },
      expect: { answer: { Successful: [{ Id: 'one' }, { Id: 'two' }] } },
      fact: 'API reference, SendMessageBatch',
    },
    {
      call: 'sqs SendMessage',
      input: { QueueUrl: '$QUEUE' },
      expect: { refused: 'InvalidParameterValue', message: /MessageBody.*must not be null/i },
      fact: 'Service model, SendMessageRequest: MessageBody is required',
      refusedByCli: true,
    },
    {
      call: 'sqs PurgeQueue',
      input: { QueueUrl: '$QUEUE' },
      expect: { answer: {} },
      fact: 'API reference, PurgeQueue',
    },
    {
      call: 'sqs GetQueueAttributes',
      input: { QueueUrl: '$QUEUE', AttributeNames: ['ApproximateNumberOfMessages'] },
      expect: { answer: { Attributes: { ApproximateNumberOfMessages: '0', QueueArn: null } } },
      fact: 'API reference, GetQueueAttributes: only what was asked for',
    },
  ],
};

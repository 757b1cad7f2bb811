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

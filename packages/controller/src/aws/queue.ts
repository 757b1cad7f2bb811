import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Queue } from '../worker/run-worker.ts';
import { call } from './call.ts';
import { clientOptions, type ConnectOptions } from './client-options.ts';

/** Apart from the other clients: a function has its messages brought, and need not carry this one. */
export function connectSqs(where: ConnectOptions = {}): SQSClient {
  return new SQSClient(clientOptions(where, LONGEST_POLL_MS));
}

/** An SQS queue, which may have a dead-letter queue of its own. */
export function sqsQueue(sqs: SQSClient, queueUrl: string): Queue {
  return {
    async receive(WaitTimeSeconds, abortSignal) {
      const answer = await call('sqs:ReceiveMessage', () =>
        sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: LARGEST_BATCH, WaitTimeSeconds }), { abortSignal }),
      );
      return (answer.Messages ?? []).map(({ MessageId = '', Body = '', ReceiptHandle = '' }) => ({
        messageId: MessageId,
        body: Body,
        receiptHandle: ReceiptHandle,
      }));
    },
    async remove(receiptHandles) {
      for (let start = 0; start < receiptHandles.length; start += LARGEST_BATCH) {
        const Entries = receiptHandles.slice(start, start + LARGEST_BATCH).map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
        await call('sqs:DeleteMessage', () => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })));
      }
    },
  };
}

/** SQS API reference, ReceiveMessage and DeleteMessageBatch. */
const LARGEST_BATCH = 10;
/** SQS API reference, ReceiveMessage, WaitTimeSeconds. */
const LONGEST_POLL_MS = 20_000;

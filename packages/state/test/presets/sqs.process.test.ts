import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SQS } from '@aws-sdk/client-sqs';
import { isSpotproofError } from '@spotproof/core';
import { Consumer, type ConsumerOptions } from 'sqs-consumer';
import { FakeSqs } from '../../../runtime/test/support/fake-sqs.ts';
import { waitFor } from '../../../runtime/test/support/wait-for.ts';
import { MemoryStore } from '../../src/index.ts';
import { oncePerMessage, sqsConsumerSpot, type QueueMessage } from '../../src/presets/sqs.ts';

// They wait for visibility timeouts most of the time.
describe('the preset for SQS', { concurrency: true }, () => {
  test('a message that is handled for longer than its visibility timeout is given to nobody else, and to a second consumer without the preset', async () => {
    const received = await Promise.all(
      [sqsConsumerSpot<ConsumerOptions>, (options: ConsumerOptions) => options].map(async (preset) => {
        await using sqs = await FakeSqs.start();
        let finished = false;
        const handleMessage = async (message: QueueMessage): Promise<QueueMessage> => {
          await new Promise((resolve) => setTimeout(resolve, 3_500));
          finished = true;
          return message;
        };
        await using _one = consume(sqs, (options) => preset({ ...options, visibilityTimeout: 2, handleMessage }));
        await using _two = consume(sqs, (options) => preset({ ...options, visibilityTimeout: 2, handleMessage }));
        sqs.send({ name: 'long' });
        await waitFor('the work ends', () => finished);
        return sqs.left[0]?.receives ?? 1;
      }),
    );

    assert.deepEqual(received, [1, 2]);
  });

  test('a message that comes twice is done once, and both copies are deleted', async () => {
    await using sqs = await FakeSqs.start();
    const store = new MemoryStore();
    const effects: string[] = [];
    const keys: string[] = [];
    let release = (): void => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handleMessage = oncePerMessage(store, {
      name: 'orders',
      key: ({ Body = '' }) => String((JSON.parse(Body) as { readonly order: number }).order),
      handle: async ({ Body = '' }, claim) => {
        effects.push(Body);
        keys.push(claim.effectKey('charge'));
        await first;
      },
    });
    const errors: unknown[] = [];
    await using _one = consume(sqs, (options) => sqsConsumerSpot({ ...options, visibilityTimeout: 2, handleMessage }), errors);
    await using _two = consume(sqs, (options) => sqsConsumerSpot({ ...options, visibilityTimeout: 2, handleMessage }), errors);

    // Should this test fail, the consumers still come to their end.
    using _released = { [Symbol.dispose]: () => release() };
    // The sender was told nothing, and sent it again: another message, of the same order.
    sqs.send({ order: 7, sentAt: 1 });
    sqs.send({ order: 7, sentAt: 2 });
    await waitFor('the copy was refused while the first is at work', () => errors.length > 0);
    const leftMeanwhile = sqs.left.length;
    release();
    await waitFor('both are deleted', () => sqs.left.length === 0);

    assert.equal(leftMeanwhile, 2);
    assert.equal(effects.length, 1);
    assert.equal(keys.length, 1);
    assert.ok(
      errors.every((error) => error instanceof Error && error.message.includes('Somebody else is at work on this key')),
      String(errors[0]),
    );
  });

  test('work that fails is done again when the message comes back, under the same effect key', async () => {
    const store = new MemoryStore();
    const keys: string[] = [];
    const handle = oncePerMessage(store, {
      name: 'orders',
      handle: (_message: QueueMessage, claim) => {
        keys.push(claim.effectKey('charge'));
        if (keys.length === 1) throw new Error('the bank is away');
      },
    });
    const message = { MessageId: 'a', Body: '' };

    await assert.rejects(handle(message), { message: 'the bank is away' });
    assert.equal(await handle(message), message);
    assert.equal(await handle(message), message);

    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
  });

  test('a message without what tells it from others is refused, and nothing is done', async () => {
    let done = 0;
    const handle = oncePerMessage(new MemoryStore(), { name: 'orders', handle: () => (done += 1) });

    await assert.rejects(handle({}), (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'));

    assert.equal(done, 0);
  });

  test('the heartbeat of the preset is shorter than any visibility timeout that is given', () => {
    assert.deepEqual(sqsConsumerSpot({}), { visibilityTimeout: 30, heartbeatInterval: 10 });
    assert.deepEqual(sqsConsumerSpot({ visibilityTimeout: 2 }), { visibilityTimeout: 2, heartbeatInterval: 1 });
    assert.deepEqual(sqsConsumerSpot({ visibilityTimeout: 60, heartbeatInterval: 15 }), { visibilityTimeout: 60, heartbeatInterval: 15 });
  });
});

function consume(sqs: FakeSqs, options: (options: ConsumerOptions) => ConsumerOptions, errors: unknown[] = []): AsyncDisposable {
  const client = new SQS({
    region: 'us-east-1',
    endpoint: new URL(sqs.queueUrl).origin,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const consumer = Consumer.create(options({ queueUrl: sqs.queueUrl, sqs: client, waitTimeSeconds: 1 }));
  consumer.on('processing_error', (error) => errors.push(error));
  consumer.on('error', (error) => errors.push(error));
  consumer.start();
  return {
    async [Symbol.asyncDispose]() {
      consumer.stop({ abort: true });
      await waitFor('the consumer has stopped', () => !consumer.status.isRunning);
      client.destroy();
    },
  };
}

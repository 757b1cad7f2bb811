import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '@spotproof/core';
import { Queue, type QueueMessage, type QueueSettings } from '../../src/cloud/sqs/queue.ts';

const SETTINGS: QueueSettings = {
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  receiveWaitSeconds: 0,
  retentionSeconds: 345_600,
  redrive: undefined,
  kept: {},
};

void describe('a queue', () => {
  test('hides a message while somebody works on it, and shows it again after the visibility timeout', async () => {
    const { clock, queue, receive } = rig();
    queue.send('one');

    const first = await receive();
    const during = await receive();
    clock.advance(30_000);
    const again = await receive();

    assert.deepEqual(
      [first, during, again].map((messages) => messages.map(({ body }) => body)),
      [['one'], [], ['one']],
    );
    assert.equal(again[0]?.receiveCount, 2);
  });

  test('forgets a message that is deleted by its last receipt, and not by an older one', async () => {
    const { clock, queue, receive } = rig();
    queue.send('one');
    const old = (await receive())[0]?.receiptHandle ?? '';
    clock.advance(30_000);
    const last = (await receive())[0]?.receiptHandle ?? '';

    queue.remove(old);
    const kept = queue.counts();
    queue.remove(last);

    assert.deepEqual(
      [kept, queue.counts()],
      [
        { visible: 0, inFlight: 1, delayed: 0 },
        { visible: 0, inFlight: 0, delayed: 0 },
      ],
    );
  });

  test('gives what was received too often to its dead-letter queue', async () => {
    const { clock, queue, receive, dead } = rig({ redrive: { deadLetterQueueArn: 'arn:dead', maxReceiveCount: 2 } });
    queue.send('poison');
    for (let time = 0; time < 3; time++) {
      await receive();
      clock.advance(30_000);
    }

    assert.deepEqual(
      dead.map(({ body }) => body),
      ['poison'],
    );
    assert.deepEqual(await receive(), []);
  });

  test('wakes a long poll when a message comes, and ends it when its time is over', async () => {
    const { clock, queue, receive } = rig();
    const waiting = receive({ waitSeconds: 20 });
    clock.advance(5_000);
    queue.send('late');
    const woken = await waiting;
    const empty = receive({ waitSeconds: 20 });
    clock.advance(20_000);

    assert.equal(woken[0]?.body, 'late');
    assert.deepEqual(await empty, []);
  });

  test('wakes a long poll when a delayed message falls due', async () => {
    const { clock, queue, receive } = rig();
    queue.send('delayed', { delaySeconds: 3 });
    const waiting = receive({ waitSeconds: 20 });
    clock.advance(3_000);

    assert.equal((await waiting).length, 1);
  });

  test('ends a long poll whose caller is gone, and leaves the message for others', async () => {
    const { queue, receive } = rig();
    const gone = new AbortController();
    const waiting = receive({ waitSeconds: 20, signal: gone.signal });
    gone.abort();

    assert.deepEqual(await waiting, []);
    queue.send('one');
    assert.equal(queue.counts().visible, 1);
  });

  test('makes a message visible at once when its visibility is set to zero, and forgets those past retention', async () => {
    const { clock, queue, receive } = rig();
    queue.send('one');
    const handle = (await receive())[0]?.receiptHandle ?? '';

    assert.equal(queue.changeVisibility(handle, 0), true);
    assert.equal(queue.changeVisibility('unknown', 0), false);
    assert.equal(queue.counts().visible, 1);
    clock.advance(345_600_001);
    assert.equal(queue.counts().visible, 0);
  });
});

function rig(settings: Partial<QueueSettings> = {}) {
  const clock = new VirtualClock();
  const dead: QueueMessage[] = [];
  const queue = new Queue({ clock, settings: { ...SETTINGS, ...settings }, onDead: (message) => dead.push(message) });
  const receive = (options: { readonly waitSeconds?: number; readonly signal?: AbortSignal } = {}) =>
    queue.receive({
      max: 10,
      waitSeconds: options.waitSeconds,
      visibilityTimeoutSeconds: undefined,
      signal: options.signal ?? new AbortController().signal,
    });
  return { clock, queue, dead, receive };
}

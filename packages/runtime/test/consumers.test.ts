import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '@spotproof/core';
import { Consumers } from '../src/life/consumers.ts';

function consumersThat(changed: () => void): Consumers {
  const context = { signal: new AbortController().signal, deadline: Infinity, remainingMs: () => Infinity };
  return new Consumers({ clock: new VirtualClock(), context, changed, warn: () => {} });
}

test('a consumer that says what it runs is counted while serving, and its word reaches who asked for changes', () => {
  const counts: number[] = [];
  const consumers = consumersThat(() => counts.push(consumers.openCount));
  const running = new Set<string>();
  const handle = consumers.add('orders', { stop() {}, running: () => running });

  running.add('job 1');
  handle.changed();
  running.clear();
  handle.changed();

  assert.deepEqual(counts, [1, 0]);
});

test('a consumer that comes after the drain began takes nothing, and hands back at once when it is late', async () => {
  const consumers = consumersThat(() => {});
  const said: string[] = [];

  consumers.stop();
  consumers.add('late', { stop: () => said.push('stop'), drained: () => new Promise(() => {}), handBack: () => said.push('hand back') });
  consumers.handBack();
  consumers.add('too late', { stop: () => said.push('stop'), drained: () => new Promise(() => {}), handBack: () => said.push('hand back') });
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual(said, ['stop', 'hand back', 'stop', 'hand back']);
  assert.deepEqual(
    consumers.report().map(({ outcome }) => outcome),
    ['handed-back', 'handed-back'],
  );
  assert.equal(consumers.openCount, 0);
});

test('a consumer without a stop is refused, with what to pass', () => {
  const consumers = consumersThat(() => {});

  // What a caller without types may do.
  assert.throws(() => consumers.add('orders', {} as never), {
    code: 'SPOTPROOF_MISUSE',
    message: /stop of consumer "orders" must be a function, got undefined/,
  });
});

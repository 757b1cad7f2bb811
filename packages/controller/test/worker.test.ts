import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Queue, runWorker } from '@spotproof/controller';
import { Rig } from './rig.ts';

test('a worker takes the last of five hundred interrupted targets out well before its task is gone', async (t) => {
  const rig = new Rig({ desired: 501 });
  const messages = Array.from({ length: 500 }, (_, index) => {
    rig.cloud.interrupt(index + 1, rig.clock.now());
    return { ...rig.record(index + 1), receiptHandle: `r-${index + 1}` };
  });
  const begun = rig.clock.now();
  const removed = new Set<string>();
  let mostInFlight = 0;
  const ending = new AbortController();
  const inFlight = new Set<string>();
  const queue: Queue = {
    async receive(_waitSeconds, signal) {
      await new Promise<void>((resolve) => {
        // A round trip; then a long poll.
        rig.clock.schedule(messages.length > 0 ? 20 : 20_000, resolve);
        signal.addEventListener('abort', () => resolve());
      });
      const batch = messages.splice(0, 10);
      for (const { receiptHandle } of batch) inFlight.add(receiptHandle);
      mostInFlight = Math.max(mostInFlight, inFlight.size);
      return batch;
    },
    async remove(receiptHandles) {
      for (const handle of receiptHandles) {
        removed.add(handle);
        inFlight.delete(handle);
      }
      if (removed.size === 500) ending.abort();
    },
  };
  await rig.run(
    runWorker({ controller: rig.controller, queue, clock: rig.clock, record: (decision) => rig.decisions.push(decision), signal: ending.signal }),
  );

  const last = Math.max(...rig.decisions.flatMap((decision) => (decision.type === 'deregister' ? [decision.at - begun] : [])));
  t.diagnostic(`after ${last} ms, ${mostInFlight} messages in flight at most`);
  assert.equal(removed.size, 500);
  assert.equal([...rig.cloud.targets.values()].filter(({ state }) => state === 'draining').length, 500);
  assert.ok(last < 30_000, `after ${last} ms`);
});

test('a worker whose controller breaks ends with its error, and waits for nothing', async () => {
  const rig = new Rig();
  let received = 0;
  const queue: Queue = {
    receive: (_waitSeconds, signal) => {
      received += 1;
      if (received === 1) return Promise.resolve([{ ...rig.record(3), receiptHandle: 'r' }]);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve([]));
      });
    },
    remove: () => Promise.resolve(),
  };
  const ending = new AbortController();
  const worker = runWorker({
    controller: { handle: () => Promise.reject(new TypeError('a fault of ours')), tick: () => Promise.resolve() },
    queue,
    clock: rig.clock,
    record: () => {},
    signal: ending.signal,
  });

  await assert.rejects(worker, /a fault of ours/);
  ending.abort();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineJob, enqueue, type BlobStore } from '../../src/index.ts';
import { JobWorld } from './support/job-world.ts';

/** Never ends, and takes no notice of any signal. */
const stuck = defineJob<string, null, void>({ name: 'stuck', version: 1, start: () => null, run: () => new Promise(() => {}) });

test('a worker is stopped though its job never ends and the store does not answer; the job goes on when its lease has ended', async () => {
  const world = new JobWorld();
  await enqueue(world.store, stuck, '', { key: '7' });
  const { worker } = world.worker([stuck]);
  await world.time.pass(1000);
  const silence = Array.from({ length: 100 }, () => 'unsent' as const);
  world.store.plan('settle', ...silence);
  world.store.plan('renew', ...silence);

  let isStopped = false;
  const stopped = worker.stop(1000).then(() => (isStopped = true));
  await world.time.pass(5000);

  assert.equal(isStopped, true);
  await stopped;
  assert.deepEqual(worker.running, ['job:stuck/7'], 'a drain report names it as lost');
  const { state, dueAt } = (await world.store.read('job:stuck/7')) ?? assert.fail('gone');
  assert.deepEqual([state, dueAt <= world.time.now() + stuck.leaseMs], ['held', true]);
});

test('a list that is never answered is asked again, and holds up no stop', async () => {
  const world = new JobWorld();
  const job = defineJob<null, null, void>({ name: 'job', version: 1, start: () => null, run: () => Promise.resolve(void world.log.push('done')) });
  const list = world.store.list.bind(world.store);
  const silent = (): Promise<never> => new Promise(() => {});
  world.store.list = silent;
  const { worker } = world.worker([job]);
  await world.time.pass(1000);
  world.store.list = list;
  await enqueue(world.store, job, null, { key: '7' });

  await world.time.pass(60_000);
  const done = [...world.log];
  world.store.list = silent;
  await world.time.pass(1000);
  let isStopped = false;
  const stopped = worker.stop().then(() => (isStopped = true));
  await world.time.settle();

  assert.deepEqual([done, isStopped], [['done'], true]);
  await stopped;
});

test('a job whose checkpoint is still being fetched at the stop signal is given back', async () => {
  const world = new JobWorld();
  const kept = new Map<string, Uint8Array>();
  const blobs: BlobStore = { put: (name, bytes) => Promise.resolve(void kept.set(name, bytes)), get: () => new Promise(() => {}) };
  Object.defineProperty(world.store, 'capabilities', { value: { ...world.store.store.capabilities, maxBytes: 100 } });
  await enqueue(world.store, stuck, 'x'.repeat(200), { key: '7', blobs });
  const { life } = world.worker([stuck], { blobs });
  await world.time.pass(1000);

  const drained = life.drain();
  const given = await life.giveBack();

  await drained;
  assert.deepEqual(given, [['job:stuck/7']]);
  assert.equal((await world.store.read('job:stuck/7'))?.state, 'pending');
});

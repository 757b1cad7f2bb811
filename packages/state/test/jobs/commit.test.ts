import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { SpotproofError } from '@spotproof/core';
import { defineJob, enqueue, readJob, runJobs, type JobContext } from '../../src/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { Life } from './support/job-world.ts';

interface State {
  readonly next: number;
}

/** Inserts rows, one transaction each. */
function world({
  rows = 3,
  before,
  work,
}: {
  rows?: number;
  before?: (context: JobContext<null, State>, row: number) => Promise<void>;
  work?: (context: JobContext<null, State>, row: number, database: DatabaseSync) => Promise<void>;
} = {}) {
  const time = new VirtualTime();
  const store = createSqliteStore({ path: ':memory:', now: () => Math.floor(time.now()) });
  let database: DatabaseSync | undefined;
  const job = defineJob<null, State, number>({
    name: 'inserts',
    version: 1,
    retryAfterMs: () => 1000,
    start: () => ({ next: 0 }),
    async run(context) {
      while (context.state.next < rows) {
        const row = context.state.next;
        await before?.(context, row);
        await context.commit(
          store,
          async (tx) => {
            database = tx;
            tx.exec('CREATE TABLE IF NOT EXISTS effects (row INTEGER)');
            tx.prepare('INSERT INTO effects VALUES (?)').run(row);
            await work?.(context, row, tx);
          },
          () => ({ next: row + 1 }),
        );
      }
      return context.state.next;
    },
  });
  const effects = (): unknown[] =>
    database
      ?.prepare('SELECT row FROM effects ORDER BY rowid')
      .all()
      .map(({ row }) => row) ?? [];
  const start = () => {
    const life = new Life();
    return { life, worker: runJobs(store, [job], { clock: time.clock, lifecycle: life }) };
  };
  return { time, store, job, effects, start };
}

test('an effect and its checkpoint are one transaction: a failure in its middle leaves neither', async () => {
  let failures = 0;
  const { time, store, job, effects, start } = world({
    work: async (_context, row) => {
      if (row === 1 && failures++ === 0) throw new Error('in the middle');
      await Promise.resolve();
    },
  });
  await enqueue(store, job, null, { key: '7' });

  start();
  await time.pass(5000);

  assert.deepEqual(effects(), [0, 1, 2]);
  const { state, output, failures: counted, seq } = (await readJob(store, job, '7'))!;
  assert.deepEqual({ state, output, counted, seq }, { state: 'done', output: 3, counted: 1, seq: 3 });
});

test('a drain during a transaction: it is committed, and gives the job back in the same write', async () => {
  const { time, store, job, effects, start } = world({ work: () => new Promise((resolve) => time.clock.schedule(1000, resolve)) });
  await enqueue(store, job, null, { key: '7' });
  const { life } = start();
  await time.pass(1500);

  const drained = life.drain();
  await time.pass(600);
  await drained;

  const record = await store.read('job:inserts/7');
  assert.deepEqual(effects(), [0, 1]);
  assert.deepEqual([record?.state, record?.seq, record?.interruptions, record?.failures], ['pending', 2, 1, 0]);
  start();
  await time.pass(5000);
  assert.deepEqual(effects(), [0, 1, 2]);
});

test('a commit of unknown outcome ends the attempt; the next one sees what was written, and nothing is done twice', async () => {
  const { time, store, job, effects, start } = world();
  const transact = store.transact.bind(store);
  let times = 0;
  store.transact = async (work, then) => {
    times += 1;
    const result = await transact(work, then);
    if (times === 2) throw new SpotproofError('SPOTPROOF_STORE', 'The connection broke.', { retryable: true });
    return result;
  };
  await enqueue(store, job, null, { key: '7' });

  start();
  await time.pass(5000);

  assert.deepEqual(effects(), [0, 1, 2]);
  const { state, failures, interruptions } = (await readJob(store, job, '7'))!;
  assert.deepEqual({ state, failures, interruptions }, { state: 'done', failures: 0, interruptions: 1 });
});

test('a transaction of an attempt that has lost its key and does not know it leaves no effect', async () => {
  const ends: unknown[] = [];
  const { time, store, job, effects, start } = world({
    before: async (context, row) => {
      if (row !== 1) return;
      await new Promise<void>((resolve) => time.clock.schedule(100, resolve));
      await store.purge({ key: context.key, force: context.epoch });
      context.assertHeld();
      context.signal.addEventListener('abort', () => ends.push((context.signal.reason as SpotproofError).details['because']), { once: true });
    },
  });
  await enqueue(store, job, null, { key: '7' });

  start();
  await time.pass(2000);

  assert.deepEqual(effects(), [0]);
  assert.deepEqual(ends, ['taken']);
});

test('in the work of a transaction nothing else of the job can be written, and another store is refused', async () => {
  const other = createSqliteStore({ path: ':memory:' });
  const errors: unknown[] = [];
  const { time, store, job, start } = world({
    rows: 1,
    work: async (context) => {
      for (const act of [
        () => context.save({ next: 9 }),
        () => context.flush(),
        () => context.step('a', () => 1),
        () =>
          context.commit(
            other,
            async () => {},
            (_, state) => state,
          ),
      ])
        await act().catch((error: unknown) => errors.push((error as SpotproofError).code));
    },
  });
  await enqueue(store, job, null, { key: '7' });

  start();
  await time.pass(2000);

  assert.deepEqual(
    errors,
    Array.from({ length: 4 }, () => 'SPOTPROOF_MISUSE'),
  );
  assert.equal((await readJob(store, job, '7'))?.state, 'done');
  other.close();
});

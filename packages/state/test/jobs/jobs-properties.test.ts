import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '@spotproof/core';
import { defineJob, enqueue, readJob, type AnyJob } from '../../src/index.ts';
import { JobWorld } from './support/job-world.ts';

const ROWS = 6;
const LEASE_MS = 3000;

interface Entry {
  readonly row: number;
  readonly by: number;
}

/** What befalls a worker, or the network between all of them and the store. */
const EVENT = fc.record({
  afterMs: fc.integer({ min: 0, max: 4000 }),
  what: fc.constantFrom('kill', 'zombie', 'zombie', 'drain', 'give back', 'cut', 'unsent', 'late', 'release') satisfies fc.Arbitrary<string>,
  which: fc.nat(2),
});

/** Rows by `step`, with a save between them now and then, on the clock of the worker that runs it. */
function jobOf(clock: () => Clock, by: number, begun: (row: number) => void): AnyJob {
  return defineJob<null, { readonly done: readonly Entry[]; readonly saves: number }, readonly Entry[]>({
    name: 'rows',
    version: 1,
    leaseMs: LEASE_MS,
    maxStalls: 1000,
    checkpointEveryMs: 300,
    start: () => ({ done: [], saves: 0 }),
    async run(context) {
      while (context.state.done.length < ROWS) {
        const row = context.state.done.length;
        await context.save({ ...context.state, saves: context.state.saves + 1 });
        await context.step(
          `row-${row}`,
          async () => {
            begun(row);
            await new Promise<void>((resolve) => clock().schedule(700, resolve));
          },
          (_done, state) => ({ ...state, done: [...state.done, { row, by }] }),
        );
      }
      return context.state.done;
    },
  });
}

test('whatever befalls three workers and their network, the job ends, each row is done in its order, and what is durable never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { maxLength: 14 }), async (events) => {
      const world = new JobWorld();
      const begun: number[] = [];
      let workers = 0;
      const add = () => {
        workers += 1;
        const by = workers;
        const entry = world.worker([
          jobOf(
            () => entry.clock,
            by,
            (row) => begun.push(row),
          ),
        ]);
        return entry;
      };
      const seen: (readonly [seq: number, rows: number])[] = [];
      /** Epochs, of each claim and each write in the order in which the store did them. */
      const written: number[] = [];
      const { store } = world.store;
      const claim = store.claim.bind(store);
      store.claim = async (request) => {
        const outcome = await claim(request);
        if (outcome.outcome === 'won') written.push(outcome.epoch);
        return outcome;
      };
      for (const operation of ['save', 'settle'] as const) {
        const write = store[operation].bind(store) as (request: { readonly epoch: number }) => Promise<'held' | 'lost'>;
        store[operation] = async (request: { readonly epoch: number }) => {
          const outcome = await write(request);
          if (outcome === 'held') written.push(request.epoch);
          return outcome;
        };
      }
      const look = async (): Promise<void> => {
        const record = await world.store.store.read('job:rows/7');
        if (record?.state === 'held' || record?.state === 'pending')
          seen.push([
            record.seq,
            (
              Buffer.from(record.data)
                .toString()
                .match(/"row":/gu) ?? []
            ).length,
          ]);
      };
      await enqueue(
        world.store,
        jobOf(
          () => world.time.clock,
          0,
          () => {},
        ),
        null,
        { key: '7' },
      );
      const crew = [add(), add(), add()];

      for (const { afterMs, what, which } of events) {
        for (let passed = 0; passed < afterMs; passed += 500) {
          await world.time.pass(Math.min(500, afterMs - passed));
          await look();
        }
        const worker = crew[which]!;
        if (what === 'kill') worker.kill();
        if (what === 'zombie') {
          worker.clock.stop();
          world.time.clock.schedule(LEASE_MS + afterMs, () => worker.clock.resume());
        }
        if (what === 'drain') void worker.life.drain();
        if (what === 'give back') void worker.life.drain().then(() => worker.life.giveBack());
        if (what === 'cut' || what === 'unsent' || what === 'late') {
          world.store.plan('save', what, what);
          world.store.plan('renew', what);
          world.store.plan('settle', what);
        }
        if (what === 'release') await world.store.release();
        if (what === 'kill' || what === 'drain' || what === 'give back') crew[which] = add();
      }
      for (let turns = 0; turns < 50; turns += 1) {
        await world.time.pass(1000);
        await look();
        if (turns === 20) await world.store.release();
      }

      const status = await readJob(
        world.store,
        jobOf(
          () => world.time.clock,
          0,
          () => {},
        ),
        '7',
      );
      const output = (status?.output ?? []) as readonly Entry[];
      assert.equal(status?.state, 'done');
      assert.equal(status.failures, 0);
      assert.deepEqual(
        output.map(({ row }) => row),
        Array.from({ length: ROWS }, (_, row) => row),
      );
      assert.deepEqual(
        [...new Set(begun)].toSorted((a, b) => a - b),
        output.map(({ row }) => row),
      );
      assert.deepEqual(
        written,
        written.toSorted((a, b) => a - b),
        'an attempt that was followed by another wrote',
      );
      for (const [at, [seq, rows]] of seen.entries()) {
        const [seqBefore, rowsBefore] = seen[at - 1] ?? [0, 0];
        assert.ok(seq >= seqBefore && rows >= rowsBefore, `from ${seqBefore}/${rowsBefore} back to ${seq}/${rows}`);
      }
      await world.end();
    }),
    { numRuns: Number(process.env['SPOTPROOF_JOB_RUNS'] ?? 40) },
  );
});

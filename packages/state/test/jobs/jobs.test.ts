import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { defineJob, enqueue, readJob, type BlobStore, type Job, type JobContext, type JobDefinition } from '../../src/index.ts';
import { JobWorld } from './support/job-world.ts';

interface Input {
  readonly rows: number;
}

interface State {
  readonly next: number;
}

const LEASE_MS = 30_000;

/** Goes through its rows, one step each. */
function importJob(world: JobWorld, who: string, options: Partial<JobDefinition<Input, State, number>> = {}): Job<Input, State, number> {
  return defineJob<Input, State, number>({
    name: 'import',
    version: 1,
    start: () => ({ next: 0 }),
    async run(context) {
      while (context.state.next < context.input.rows) {
        const row = context.state.next;
        await context.step(
          `row-${row}`,
          async () => {
            await world.wait(1000);
            world.log.push(`${who}:${row}`);
          },
          () => ({ next: row + 1 }),
        );
      }
      return context.state.next;
    },
    ...options,
  });
}

async function stateOf(world: JobWorld, job: Job<Input, unknown, unknown>, key = '7') {
  return (await readJob(world.store, job, key)) ?? assert.fail('no such job');
}

test('a job is enqueued once for each key, and another input under the same key is refused', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');

  const outcomes = [
    await enqueue(world.store, job, { rows: 1 }, { key: '7' }),
    await enqueue(world.store, job, { rows: 1 }, { key: '7' }),
    await enqueue(world.store, job, { rows: 1 }, { key: '8' }),
  ];

  assert.deepEqual(outcomes, ['added', 'exists', 'added']);
  await assert.rejects(enqueue(world.store, job, { rows: 2 }, { key: '7' }), { code: 'SPOTPROOF_KEY_REUSED' });
  await assert.rejects(enqueue(world.store, job, { rows: 2 }, { key: '' }), { code: 'SPOTPROOF_CONFIG_INVALID' });
});

test('a step is exactly one write, and the job two more: the claim and the end', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');
  await enqueue(world.store, job, { rows: 5 }, { key: '7' });
  world.store.calls.length = 0;

  world.worker([job]);
  await world.time.pass(7000);

  assert.deepEqual(world.store.calls, ['claim', ...Array.from({ length: 5 }, () => 'save'), 'settle']);
  const { state, output, seq } = await stateOf(world, job);
  assert.deepEqual({ state, output, seq }, { state: 'done', output: 5, seq: 5 });
  await world.end();
});

test('a job that is due later is not begun before', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');
  await enqueue(world.store, job, { rows: 1 }, { key: '7', afterMs: 60_000 });
  world.worker([job]);

  await world.time.pass(59_999);
  const before = [...world.log];
  await world.time.pass(2000);

  assert.deepEqual([before, world.log], [[], ['a:0']]);
  await world.end();
});

test('no more jobs run at once than asked for, and the next begins without waiting for a poll', async () => {
  const world = new JobWorld();
  let open = 0;
  let most = 0;
  const job = defineJob({
    name: 'busy',
    version: 1,
    start: () => ({}),
    async run() {
      open += 1;
      most = Math.max(most, open);
      await world.wait(10);
      open -= 1;
      world.log.push('done');
    },
  });
  for (let at = 0; at < 50; at += 1) await enqueue(world.store, job, null, { key: String(at) });

  world.worker([job], { concurrency: 3, pollMs: 60_000 });
  await world.time.pass(50 * 10);

  assert.equal(most, 3);
  assert.equal(world.log.length, 50);
  await world.end();
});

test('a worker that is killed in the middle: another goes on from the checkpoint when the lease has ended, and does only the row again that was under way', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'b');
  await enqueue(world.store, job, { rows: 4 }, { key: '7' });
  const killed = world.worker([importJob(world, 'a')]);
  await world.time.pass(2600);
  killed.kill();

  world.worker([job]);
  await world.time.pass(LEASE_MS - 1100);
  const whileHeld = [...world.log];
  await world.time.pass(6000);

  // What the killed one had sent to elsewhere still arrives.
  assert.deepEqual(whileHeld, ['a:0', 'a:1', 'a:2']);
  assert.deepEqual(world.log.slice(3), ['b:2', 'b:3']);
  const { state, interruptions, failures } = await stateOf(world, job);
  assert.deepEqual({ state, interruptions, failures }, { state: 'done', interruptions: 1, failures: 0 });
  await world.end();
});

test('on SIGTERM the row under way is finished, saved and given back in one write, and another worker begins the next within a poll', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');
  await enqueue(world.store, job, { rows: 4 }, { key: '7' });
  const first = world.worker([job]);
  await world.time.pass(1500);
  world.store.calls.length = 0;
  world.worker([importJob(world, 'b')]);

  const drained = first.life.drain();
  await world.time.pass(1000);
  const inOneSecond = [...world.store.calls];
  await world.time.pass(10_000);
  await drained;

  assert.deepEqual(world.log, ['a:0', 'a:1', 'b:2', 'b:3']);
  assert.deepEqual(inOneSecond.slice(0, 2), ['settle', 'claim']);
  const { state, interruptions, failures } = await stateOf(world, job);
  assert.deepEqual({ state, interruptions, failures }, { state: 'done', interruptions: 1, failures: 0 });
  await world.end();
});

test('what does not come to a step is given back at the stop signal from its last checkpoint, and what it does later is not written', async () => {
  const world = new JobWorld();
  const endless = (who: string) =>
    defineJob({
      name: 'endless',
      version: 1,
      start: () => ({ at: 0 }),
      async run(context: JobContext<null, { at: number }>) {
        await context.save({ at: context.state.at + 1 });
        world.log.push(`${who}:${context.state.at}`);
        await world.wait(20_000);
        await context.save({ at: 99 });
        world.log.push(`${who}: saved after the end`);
      },
    });
  await enqueue(world.store, endless('a'), null, { key: '7' });
  const first = world.worker([endless('a')]);
  await world.time.pass(1000);

  const drained = first.life.drain();
  await world.time.pass(5000);
  const given = await first.life.giveBack();
  await drained;
  const { seq } = await stateOf(world, endless('a') as never);
  world.worker([endless('b')]);
  await world.time.pass(600);

  assert.deepEqual(given, [['job:endless/7']]);
  assert.equal(seq, 1);
  assert.deepEqual(world.log, ['a:1', 'b:2']);
  await world.time.pass(30_000);
  assert.ok(!world.log.includes('a: saved after the end'));
  await world.end();
});

test('steps beside each other: none is lost when one of them meets the interruption first', async () => {
  const world = new JobWorld();
  const job = (who: string) =>
    defineJob({
      name: 'parallel',
      version: 1,
      start: () => ({}),
      async run(context: JobContext<null, object>) {
        await Promise.all(
          [1000, 2000, 3000].map((ms) =>
            context.step(`wait-${ms}`, async () => {
              await world.wait(ms);
              world.log.push(`${who}:${ms}`);
            }),
          ),
        );
        await context.step('last', () => void world.log.push(`${who}:last`));
      },
    });
  await enqueue(world.store, job('a'), null, { key: '7' });
  const first = world.worker([job('a')]);
  await world.time.pass(800);
  world.worker([job('b')]);

  const drained = first.life.drain();
  await world.time.pass(10_000);
  await drained;

  assert.deepEqual(world.log, ['a:1000', 'a:2000', 'a:3000', 'b:last']);
  await world.end();
});

test('a result that was kept is returned by the next attempt, and its step is not done again', async () => {
  const world = new JobWorld();
  const keys: string[] = [];
  const job = defineJob({
    name: 'order',
    version: 1,
    start: () => ({}),
    retryAfterMs: () => 1000,
    async run(context: JobContext<null, object>) {
      const receipt = await context.step('charge', (effectKey) => {
        keys.push(effectKey);
        return { id: 'r-1', at: [1, 2] };
      });
      const nothing = await context.step('mail', (effectKey) => {
        keys.push(effectKey);
        if (keys.length < 3) throw new Error('smtp');
      });
      return [receipt, nothing === undefined];
    },
  });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(5000);

  const { state, output, failures } = (await readJob(world.store, job, '7'))!;
  assert.deepEqual({ state, output, failures }, { state: 'done', output: [{ id: 'r-1', at: [1, 2] }, true], failures: 1 });
  assert.equal(new Set(keys).size, 2);
  assert.equal(keys[1], keys[2]);
  await world.end();
});

test('saves within the interval become one write, the newest state counts, and it is durable when the interval is over', async () => {
  const world = new JobWorld();
  const job = defineJob({
    name: 'tick',
    version: 1,
    start: () => ({ at: 0 }),
    checkpointEveryMs: 1000,
    async run(context: JobContext<null, { at: number }>) {
      for (let at = 1; at <= 100; at += 1) {
        await context.save({ at });
        await world.wait(100);
      }
      await world.wait(60_000);
    },
  });
  await enqueue(world.store, job, null, { key: '7' });
  world.store.calls.length = 0;

  world.worker([job]);
  await world.time.pass(10_000);
  const writes = world.store.calls.filter((call) => call === 'save').length;
  await world.time.pass(1500);

  assert.ok(writes >= 8 && writes <= 11, `${writes} writes`);
  const record = await world.store.read('job:tick/7');
  assert.match(Buffer.from(record!.data).toString(), /"at":100/u);
  await world.end();
});

test('an error is tried again later and later, with the last checkpoint, and fails for good at maxFailures', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a', {
    maxFailures: 3,
    async run(context) {
      world.log.push(`attempt ${context.attempt} from ${context.state.next}`);
      await context.step(
        'one',
        () => {},
        (_done, state) => ({ next: state.next + 1 }),
      );
      throw Object.assign(new TypeError('bad row'), { code: 'E_ROW' });
    },
  });
  await enqueue(world.store, job, { rows: 4 }, { key: '7' });

  world.worker([job]);
  await world.time.pass(60_000);

  assert.deepEqual(world.log, ['attempt 1 from 0', 'attempt 2 from 1', 'attempt 3 from 2']);
  const { state, failures, interruptions, error } = await stateOf(world, job);
  assert.deepEqual({ state, failures, interruptions }, { state: 'failed', failures: 2, interruptions: 0 });
  assert.deepEqual(error, { name: 'TypeError', message: 'bad row', code: 'E_ROW' });
  await world.end();
});

test('what was saved and not yet written goes with the failure that follows', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a', {
    checkpointEveryMs: 600_000,
    async run(context) {
      world.log.push(`from ${context.state.next}`);
      if (context.state.next === 2) return 2;
      await context.save({ next: context.state.next + 1 });
      throw new Error('later');
    },
  });
  await enqueue(world.store, job, { rows: 2 }, { key: '7' });

  world.worker([job]);
  await world.time.pass(20_000);

  assert.deepEqual(world.log, ['from 0', 'from 1', 'from 2']);
  await world.end();
});

test('a hundred interruptions are no failure as long as the job gets on', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a', { maxFailures: 1, maxStalls: 1 });
  await enqueue(world.store, job, { rows: 100 }, { key: '7' });

  for (let times = 0; times < 100; times += 1) {
    const { life } = world.worker([job]);
    await world.time.pass(600);
    const drained = life.drain();
    await world.time.pass(1000);
    await drained;
  }
  world.worker([job]);
  await world.time.pass(1000);

  const { state, interruptions, failures } = await stateOf(world, job);
  assert.deepEqual({ state, failures }, { state: 'done', failures: 0 });
  assert.equal(interruptions, 100);
  assert.equal(new Set(world.log).size, 100);
  assert.equal(world.log.length, 100);
  await world.end();
});

test('a job that is killed without a checkpoint maxStalls times is taken for poison, and its error says so', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a', {
    maxStalls: 3,
    leaseMs: 5000,
    async run(context) {
      world.log.push(`attempt ${context.attempt}`);
      return await new Promise<never>(() => {});
    },
  });
  await enqueue(world.store, job, { rows: 1 }, { key: '7' });

  for (let times = 0; times < 3; times += 1) {
    const { kill } = world.worker([job]);
    await world.time.pass(600);
    kill();
    await world.time.pass(5000);
  }
  world.worker([job]);
  await world.time.pass(2000);

  assert.deepEqual(world.log, ['attempt 1', 'attempt 2', 'attempt 3']);
  const { state, error } = await stateOf(world, job);
  assert.equal(state, 'failed');
  assert.equal(error?.code, 'SPOTPROOF_WORK_FAILED');
  assert.match(error.message, /^3 attempts in a row ended without a word/u);
});

test('a newer version upgrades an older checkpoint, and older code leaves a newer one alone', async () => {
  const world = new JobWorld();
  const v1 = importJob(world, 'v1');
  const v2 = defineJob<{ readonly count: number }, { readonly done: number }, string>({
    name: 'import',
    version: 2,
    start: () => ({ done: 0 }),
    upgrade(from, { input, state }) {
      world.log.push(`upgrade from ${from}`);
      return { input: { count: (input as Input).rows }, state: state === undefined ? undefined : { done: (state as State).next } };
    },
    async run(context) {
      while (context.state.done < context.input.count) {
        const row = context.state.done;
        await context.step(
          `v2 ${row}`,
          () => world.wait(1000).then(() => void world.log.push(`v2:${row}`)),
          () => ({ done: row + 1 }),
        );
      }
      return 'v2';
    },
  });
  await enqueue(world.store, v1, { rows: 5 }, { key: '7' });
  const old = world.worker([v1]);
  await world.time.pass(1500);
  const oldDrained = old.life.drain();
  await world.time.pass(1000);
  await oldDrained;

  const fresh = world.worker([v2]);
  await world.time.pass(1500);
  const freshDrained = fresh.life.drain();
  await world.time.pass(1000);
  await freshDrained;
  const before = [...world.log];
  world.worker([v1]);
  await world.time.pass(60_000);
  const withOldCode = [...world.log];
  world.worker([v2]);
  await world.time.pass(5000);

  assert.deepEqual(before, ['v1:0', 'v1:1', 'upgrade from 1', 'v2:2', 'v2:3']);
  assert.deepEqual(withOldCode, before);
  assert.deepEqual(world.log.slice(before.length), ['v2:4']);
  assert.equal((await readJob(world.store, v2, '7'))?.output, 'v2');
  await world.end();
});

test('due jobs of newer code do not hide one that older code can do', async () => {
  const world = new JobWorld();
  const old = importJob(world, 'old');
  const fresh = importJob(world, 'new', { version: 2, upgrade: () => ({ input: { rows: 1 }, state: { next: 0 } }) });
  for (let at = 0; at < 400; at += 1) await enqueue(world.store, fresh, { rows: 1 }, { key: `new-${at}` });
  await world.time.pass(10);
  await enqueue(world.store, old, { rows: 1 }, { key: 'old' });

  world.worker([old]);
  await world.time.pass(3000);

  assert.deepEqual(world.log, ['old:0']);
  await world.end();
});

test('a result that cannot be stored fails the job for good: its effect is not done again', async () => {
  const world = new JobWorld();
  let effects = 0;
  const job = defineJob({
    name: 'bad',
    version: 1,
    start: () => ({}),
    async run(context: JobContext<null, object>) {
      await context.step('effect', () => {
        effects += 1;
        return new Date(0);
      });
    },
  });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(600_000);

  assert.equal(effects, 1);
  const status = await readJob(world.store, job, '7');
  assert.equal(status?.state, 'failed');
  assert.match(status.error?.message ?? '', /an instance of Date/u);
  await world.end();
});

test('a state that is too large for the store goes to the blobs, and the next worker reads it there; without blobs the job fails with the sizes', async () => {
  const world = new JobWorld();
  Object.defineProperty(world.store, 'capabilities', { value: { ...world.store.store.capabilities, maxBytes: 2000 } });
  const kept = new Map<string, Uint8Array>();
  const blobs: BlobStore = {
    put: async (name, bytes) => void kept.set(name, bytes),
    get: async (name) => kept.get(name),
  };
  const job = defineJob({
    name: 'large',
    version: 1,
    start: () => ({ text: '', at: 0 }),
    async run(context: JobContext<null, { text: string; at: number }>) {
      for (let at = context.state.at; at < 3; at += 1) {
        await context.step(
          `at-${at}`,
          () => world.wait(1000),
          (_done, { text }) => ({ text: `${text}${String(at).repeat(2000)}`, at: at + 1 }),
        );
      }
      return context.state.text.length;
    },
  });
  await enqueue(world.store, job, null, { key: '7' });
  await enqueue(world.store, job, null, { key: '8', afterMs: 60_000 });

  const killed = world.worker([job], { blobs });
  await world.time.pass(1500);
  killed.kill();
  world.worker([job], { blobs });
  await world.time.pass(40_000);
  const withBlobs = await readJob(world.store, job, '7');
  await world.end();
  world.worker([job]);
  await world.time.pass(65_000);

  assert.deepEqual([withBlobs?.state, withBlobs?.output, withBlobs?.interruptions], ['done', 6000, 1]);
  assert.ok(kept.size >= 3);
  const without = await readJob(world.store, job, '8');
  assert.deepEqual([without?.state, without?.error?.code], ['failed', 'SPOTPROOF_NOT_STORABLE']);
  assert.match(without?.error?.message ?? '', /1999 bytes at most here, got \d+/u);
  await world.end();
});

test('an output that cannot be stored is left out, and the job is done', async () => {
  const world = new JobWorld();
  const job = defineJob({ name: 'bad', version: 1, start: () => ({}), run: async () => new Map() });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(1000);

  const status = await readJob(world.store, job, '7');
  assert.deepEqual([status?.state, status?.output], ['done', undefined]);
  await world.end();
});

test('states are frozen, a step that fails may be tried again, and a name is used once in an attempt', async () => {
  const world = new JobWorld();
  const job = defineJob({
    name: 'careful',
    version: 1,
    start: () => ({ list: [1] }),
    async run(context: JobContext<null, { list: number[] }>) {
      assert.throws(() => context.state.list.push(2), TypeError);
      await assert.rejects(
        context.step('a', () => Promise.reject(new Error('once'))),
        /once/u,
      );
      await context.step('a', () => 1);
      await assert.rejects(
        context.step('a', () => 1),
        { code: 'SPOTPROOF_MISUSE' },
      );
      return 'ok';
    },
  });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(1000);

  assert.equal((await readJob(world.store, job, '7'))?.output, 'ok');
  await world.end();
});

test('while the store is away a job stops at the end of its lease, counts no failure, and goes on when the store is back', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');
  await enqueue(world.store, job, { rows: 3 }, { key: '7' });
  world.worker([job]);
  await world.time.pass(1500);
  world.store.plan('save', ...Array.from({ length: 30 }, () => 'unsent' as const));
  world.store.plan('renew', ...Array.from({ length: 30 }, () => 'unsent' as const));

  await world.time.pass(LEASE_MS + 2000);
  world.store.plan('save');
  world.store.plan('renew');
  await world.time.pass(10_000);

  const { state, failures } = await stateOf(world, job);
  assert.deepEqual({ state, failures }, { state: 'done', failures: 0 });
  assert.deepEqual(world.log, ['a:0', 'a:1', 'a:1', 'a:2']);
  await world.end();
});

test('a worker that cannot list asks again later and later, and goes on when it can', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');
  await enqueue(world.store, job, { rows: 1 }, { key: '7' });
  const list = world.store.list.bind(world.store);
  let asked = 0;
  world.store.list = () => {
    asked += 1;
    return Promise.reject(new Error('away'));
  };

  world.worker([job]);
  await world.time.pass(60_000);
  const askedInAMinute = asked;
  world.store.list = list;
  await world.time.pass(32_000);

  assert.ok(askedInAMinute >= 6 && askedInAMinute <= 12, `asked ${askedInAMinute} times`);
  assert.deepEqual(world.log, ['a:0']);
  await world.end();
});

test('handOff gives the job back for a later time without counting anything', async () => {
  const world = new JobWorld();
  const job = defineJob({
    name: 'wait',
    version: 1,
    start: () => ({ asked: 0 }),
    async run(context: JobContext<null, { asked: number }>) {
      world.log.push(`asked ${context.state.asked} at attempt ${context.attempt}`);
      if (context.state.asked === 2) return;
      await context.save({ asked: context.state.asked + 1 });
      await context.handOff(60_000);
    },
  });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(59_000);
  const inAMinute = world.log.length;
  await world.time.pass(65_000);

  assert.equal(inAMinute, 1);
  assert.deepEqual(world.log, ['asked 0 at attempt 1', 'asked 1 at attempt 1', 'asked 2 at attempt 1']);
  await world.end();
});

test('a worker without a life cycle is stopped by stop(), which gives back what does not come to a step', async () => {
  const world = new JobWorld();
  const job = defineJob({ name: 'stuck', version: 1, start: () => ({}), run: () => new Promise<never>(() => {}) });
  await enqueue(world.store, job, null, { key: '7' });
  const { worker } = world.worker([job]);
  await world.time.pass(1000);
  const running = [...worker.running];

  let isStopped = false;
  const stopped = worker.stop(3000).then(() => (isStopped = true));
  await world.time.pass(2999);
  const before = isStopped;
  await world.time.pass(2);
  await stopped;

  assert.deepEqual([running, before, worker.running], [['job:stuck/7'], false, []]);
  assert.equal((await world.store.read('job:stuck/7'))?.state, 'pending');
});

test('a job that was taken in the moment of the signal is given back untouched', async () => {
  const world = new JobWorld();
  const job = importJob(world, 'a', {
    async run() {
      world.log.push('begun');
      return await Promise.resolve(1);
    },
  });
  await enqueue(world.store, job, { rows: 1 }, { key: '7' });
  const claim = world.store.claim.bind(world.store);
  const first = world.worker([job]);
  world.store.claim = async (request) => {
    world.store.claim = claim;
    const outcome = await claim(request);
    void first.life.drain();
    return outcome;
  };

  await world.time.pass(2000);

  assert.deepEqual(world.log, []);
  assert.equal((await world.store.read('job:import/7'))?.state, 'pending');
});

test('what is wrong with a definition or a worker is said at once', () => {
  const world = new JobWorld();
  const job = importJob(world, 'a');

  assert.throws(() => defineJob({ ...job, name: 'a/b' }), { code: 'SPOTPROOF_CONFIG_INVALID' });
  assert.throws(() => defineJob({ ...job, version: 2 }), /upgrade of job "import" must be a function/u);
  assert.throws(() => defineJob({ ...job, run: undefined as never }), /run of job "import" must be a function; got undefined/u);
  assert.throws(() => defineJob({ ...job, leaseMs: 10 }), /leaseMs of job "import" must be a whole number from 1000/u);
  assert.throws(() => world.worker([job], { concurrency: 0 }), { code: 'SPOTPROOF_CONFIG_INVALID' });
  assert.throws(() => world.worker([job, job]), /the same name/u);
  assert.throws(
    () => world.worker([]),
    (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpotproofError } from '@spotproof/core';
import { defineJob, enqueue, readJob, type JobContext, type JobDefinition } from '../../src/index.ts';
import { JobWorld } from './support/job-world.ts';

type Definition = Partial<JobDefinition<null, object, unknown>>;

/** How such a job has ended after ten minutes. */
async function endOf(definition: Definition) {
  const world = new JobWorld();
  const job = defineJob<null, object, unknown>({ name: 'faulty', version: 1, start: () => ({}), run: () => Promise.resolve(), ...definition });
  await enqueue(world.store, job, null, { key: '7' });
  world.worker([job], { pollMs: 5000 });
  await world.time.pass(600_000);
  const end = await readJob(world.store, job, '7');
  await world.end();
  return end;
}

test('what judges an error and throws itself hides no error, and the job is tried as often as any other', async () => {
  const run = (): Promise<never> => Promise.reject(new Error('no paper'));
  const judges: Definition[] = [
    { isFatal: (error) => (error as { code: string }).code.startsWith('E') },
    {
      retryAfterMs: () => {
        throw new Error('no plan');
      },
    },
    { retryAfterMs: () => NaN },
  ];

  for (const judge of judges) {
    const end = await endOf({ run, ...judge });

    assert.deepEqual([end?.state, end?.error?.message, end?.failures, end?.interruptions], ['failed', 'no paper', 4, 0]);
  }
});

test('whatever a job rejects with is a failure of its own', async () => {
  const unreadable = Object.defineProperty(new Error('hidden'), 'message', {
    get: () => {
      throw new Error('not you');
    },
  });
  const thrown: readonly (readonly [unknown, string])[] = [
    [undefined, 'undefined'],
    [Symbol('odd'), 'Symbol(odd)'],
    [Object.assign(new Error(), { message: { status: 404 } }), '[object Object]'],
    [Object.create(null), 'What was thrown cannot be read as text.'],
    [unreadable, 'What was thrown cannot be read as text.'],
  ];

  for (const [error, message] of thrown) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what is tested
    const end = await endOf({ maxFailures: 2, run: () => Promise.reject(error) });

    assert.deepEqual([end?.state, end?.error?.message, end?.interruptions], ['failed', message, 0]);
  }
});

test('a job fails as often as it may also where the store has no room for its error beside the checkpoint', async () => {
  const world = new JobWorld();
  const settle = world.store.settle.bind(world.store);
  world.store.settle = (request) =>
    request.settlement.result.byteLength > 500 ? Promise.reject(new SpotproofError('SPOTPROOF_NOT_STORABLE', 'The item is full.')) : settle(request);
  const job = defineJob<null, { at: number }, void>({
    name: 'full',
    version: 1,
    maxFailures: 3,
    start: () => ({ at: 0 }),
    run: async (context) => {
      await context.step(
        'one',
        () => world.log.push('effect'),
        (_done, { at }) => ({ at: at + 1 }),
      );
      throw new Error('y'.repeat(4000));
    },
  });
  await enqueue(world.store, job, null, { key: '7' });

  world.worker([job]);
  await world.time.pass(600_000);

  const { state, error, interruptions } = (await readJob(world.store, job, '7')) ?? assert.fail('gone');
  assert.deepEqual([state, world.log.length, interruptions], ['failed', 3, 0]);
  assert.match(error?.message ?? '', /no room for the error/);
  await world.end();
});

test('a job that is to be handed off for no number of milliseconds keeps its key, and is told so', async () => {
  const told: unknown[] = [];

  const end = await endOf({
    run: async (context: JobContext<null, object>) => {
      for (const afterMs of [NaN, -5, 1500.5]) await context.handOff(afterMs).catch((error: { code: string }) => told.push(error.code));
      return await context.step('after', () => 'done');
    },
  });

  assert.deepEqual(told, ['SPOTPROOF_CONFIG_INVALID', 'SPOTPROOF_CONFIG_INVALID', 'SPOTPROOF_CONFIG_INVALID']);
  assert.deepEqual([end?.state, end?.output], ['done', 'done']);
});

test('a result that is deeper than the stack fails the job for good, as any that cannot be stored: its effect is not done again', async () => {
  let effects = 0;

  const end = await endOf({
    run: (context: JobContext<null, object>) =>
      context.step('effect', () => {
        effects += 1;
        let chain = {};
        for (let depth = 0; depth < 50_000; depth += 1) chain = { chain };
        return chain;
      }),
  });

  assert.deepEqual([end?.state, end?.error?.code, effects], ['failed', 'SPOTPROOF_NOT_STORABLE', 1]);
});

test('what a job is given may be taken apart', async () => {
  const end = await endOf({
    // oxlint-disable-next-line typescript/unbound-method -- what is tested
    run: async ({ state, step, save, flush, effectKey, timeLeftMs, assertHeld }: JobContext<null, object>) => {
      assertHeld();
      await save({ ...state, left: timeLeftMs() > 0 });
      await flush();
      return (await step('one', (key) => key)) === effectKey('one');
    },
  });

  assert.deepEqual([end?.state, end?.output, end?.seq, end?.failures], ['done', true, 2, 0]);
});

test('an upgrade that gives no input back fails the attempt, and does not begin the work again from nothing', async () => {
  const world = new JobWorld();
  const definition = { name: 'count', start: () => ({ next: 0 }) };
  const older = defineJob<{ rows: number }, { next: number }, void>({
    ...definition,
    version: 1,
    run: async (context) => {
      await context.step(
        'one',
        () => 1,
        () => ({ next: 1 }),
      );
      await context.handOff(1000);
    },
  });
  // As JavaScript lets one.
  const promised = Promise.resolve({ input: { rows: 2 }, state: { next: 1 } }) as unknown as { input: { rows: number }; state: { next: number } };
  const newer = defineJob<{ rows: number }, { next: number }, void>({
    ...definition,
    version: 2,
    upgrade: () => promised,
    run: (context) => Promise.resolve(void world.log.push(JSON.stringify(context.state))),
  });
  await enqueue(world.store, older, { rows: 2 }, { key: '7' });
  const first = world.worker([older]);
  await world.time.pass(800);
  first.kill();

  world.worker([newer]);
  await world.time.pass(60_000);

  const { state, error, seq } = (await readJob(world.store, newer, '7')) ?? assert.fail('gone');
  assert.deepEqual([state, error?.code, seq, world.log], ['failed', 'SPOTPROOF_CONFIG_INVALID', 1, []]);
  await world.end();
});

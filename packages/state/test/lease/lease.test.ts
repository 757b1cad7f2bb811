import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lead, lease, type Claim } from '../../src/index.ts';
import { JobWorld, Life } from '../jobs/support/job-world.ts';
import { ProcessClock } from '../support/virtual-time.ts';

const NAME = 'nightly';

/** Many candidates, each as in a process of its own, whose work notes while it leads. */
function candidate(world: JobWorld, who: string, run: (leader: Claim) => Promise<void> = untilToldToEnd) {
  const clock = new ProcessClock(world.time.clock);
  const life = new Life();
  const held = lead(world.store, {
    name: NAME,
    clock,
    lifecycle: life,
    run: async (leader) => {
      world.log.push(`${who} leads`);
      await run(leader);
      world.log.push(`${who} ends`);
    },
  });
  return { held, clock, life };
}

async function untilToldToEnd(leader: Claim): Promise<void> {
  await new Promise<void>((resolve) => leader.signal.addEventListener('abort', () => resolve(), { once: true }));
}

test('a lease has one holder, and is free for the next as soon as it is released', async () => {
  const world = new JobWorld();
  const options = { name: NAME, clock: world.time.clock };

  const first = await lease(world.store, options);
  const second = await lease(world.store, options);
  await first?.release();
  await first?.release();
  const third = await lease(world.store, options);

  assert.ok(first !== undefined && third !== undefined);
  assert.equal(second, undefined);
  assert.ok(third.epoch > first.epoch);
  assert.throws(() => first.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
  third.assertHeld();
});

test('who waits for a lease gets it soon after it is free, and nothing when the wait is over', async () => {
  const world = new JobWorld();
  const first = await lease(world.store, { name: NAME, clock: world.time.clock });

  const patient = lease(world.store, { name: NAME, clock: world.time.clock, waitMs: 10_000 });
  const impatient = lease(world.store, { name: NAME, clock: world.time.clock, waitMs: 1000 });
  await world.time.pass(3000);
  await first!.release();
  await world.time.pass(500);

  assert.equal(await impatient, undefined);
  assert.notEqual(await patient, undefined);
});

test('a lease outlives its terms while its holder lives, and is taken after them when it does not', async () => {
  const world = new JobWorld();
  const clock = new ProcessClock(world.time.clock);
  const held = await lease(world.store, { name: NAME, clock, leaseMs: 5000 });
  await world.time.pass(60_000);
  const whileAlive = await lease(world.store, { name: NAME, clock: world.time.clock });

  clock.stop();
  await world.time.pass(5000);
  const next = await lease(world.store, { name: NAME, clock: world.time.clock });

  assert.equal(whileAlive, undefined);
  assert.notEqual(next, undefined);
  assert.throws(() => held!.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
  clock.resume();
  await world.time.settle();
  assert.equal(held!.signal.aborted, true);
});

test('a drain tells the holder, and the stop signal releases what is still held', async () => {
  const world = new JobWorld();
  const life = new Life();
  const held = await lease(world.store, { name: NAME, clock: world.time.clock, lifecycle: life });

  await life.drain();
  const reason: unknown = held!.signal.reason;
  held!.assertHeld();
  await life.giveBack();
  await world.time.settle();

  assert.equal((reason as { code: string }).code, 'SPOTPROOF_INTERRUPTED');
  assert.notEqual(await lease(world.store, { name: NAME, clock: world.time.clock }), undefined);
  assert.equal(await lease(world.store, { name: 'other', clock: world.time.clock, lifecycle: life }), undefined);
});

test('of many candidates one leads; when it drains the next leads within a poll, and never two at once', async () => {
  const world = new JobWorld();
  const all = ['a', 'b', 'c'].map((who) => ({ who, ...candidate(world, who) }));
  await world.time.pass(5000);
  const leader = all.find(({ held }) => held.isLeader)!;

  const drained = leader.life.drain();
  await world.time.pass(1000);
  await drained;

  const next = all.filter(({ held }) => held.isLeader);
  assert.equal(next.length, 1);
  assert.notEqual(next[0], leader);
  assert.deepEqual(world.log, [`${leader.who} leads`, `${leader.who} ends`, `${next[0]!.who} leads`]);
  await Promise.all(all.map(({ held }) => held.stop(0)));
});

test('a leader that is killed is followed when its lease has ended; resumed, it is told so', async () => {
  const world = new JobWorld();
  const first = candidate(world, 'a');
  await world.time.pass(10);
  const second = candidate(world, 'b');
  await world.time.pass(5000);

  first.clock.stop();
  await world.time.pass(31_000);
  const log = [...world.log];
  first.clock.resume();
  await world.time.pass(1000);

  assert.deepEqual(log, ['a leads', 'b leads']);
  assert.deepEqual([first.held.isLeader, second.held.isLeader], [false, true]);
  assert.ok(world.log.includes('a ends'));
  await Promise.all([first.held.stop(0), second.held.stop(0)]);
});

test('work of a leader that fails is released and begun again, here or elsewhere', async () => {
  const world = new JobWorld();
  let times = 0;
  const only = candidate(world, 'a', async (leader) => {
    times += 1;
    if (times < 3) throw new Error('once more');
    await untilToldToEnd(leader);
  });

  await world.time.pass(5000);

  assert.deepEqual(world.log, ['a leads', 'a leads', 'a leads']);
  assert.equal(only.held.isLeader, true);
  await only.held.stop(0);
});

test('a leader that does not listen is released at the stop signal all the same', async () => {
  const world = new JobWorld();
  const deaf = candidate(world, 'deaf', () => new Promise<never>(() => {}));
  await world.time.pass(100);
  const next = candidate(world, 'next');

  const drained = deaf.life.drain();
  await world.time.pass(3000);
  const before = [...world.log];
  const given = await deaf.life.giveBack();
  await drained;
  await world.time.pass(1000);

  assert.deepEqual(before, ['deaf leads']);
  assert.deepEqual(given, [[NAME]]);
  assert.deepEqual(world.log, ['deaf leads', 'next leads']);
  await next.held.stop(0);
});

test('a leader is stopped though the store does not answer', async () => {
  const world = new JobWorld();
  const leader = candidate(world, 'a');
  await world.time.pass(100);
  world.store.plan('settle', ...Array.from({ length: 100 }, () => 'unsent' as const));

  let isStopped = false;
  const stopped = leader.held.stop(1000).then(() => (isStopped = true));
  await world.time.pass(4000);

  assert.equal(isStopped, true);
  await stopped;
});

test('what is wrong with a lease is said at once', async () => {
  const world = new JobWorld();

  await assert.rejects(lease(world.store, { name: '' }), { code: 'SPOTPROOF_CONFIG_INVALID' });
  await assert.rejects(lease(world.store, { name: NAME, leaseMs: 5 }), { code: 'SPOTPROOF_CONFIG_INVALID' });
  for (const waitMs of [NaN, -1]) await assert.rejects(lease(world.store, { name: NAME, waitMs }), /waitMs of lease .* got (NaN|-1)/u);
  assert.throws(() => lead(world.store, { name: NAME, run: undefined as never }), /run of lease .* must be a function/u);
  assert.throws(() => lead(world.store, { name: NAME, pollMs: 1, run: untilToldToEnd }), { code: 'SPOTPROOF_CONFIG_INVALID' });
});

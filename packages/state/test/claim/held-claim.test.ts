import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import type { HeldClaim } from '../../src/claim/held-claim.ts';
import { takeClaim } from '../../src/claim/take-claim.ts';
import { MemoryStore } from '../../src/index.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { ProcessClock, VirtualTime } from '../support/virtual-time.ts';

const LEASE_MS = 30_000;
const KEY = 'job:import/7';
const BYTES = (text: string): Uint8Array => new TextEncoder().encode(text);

function world() {
  const time = new VirtualTime();
  const store = new FaultyStore(new MemoryStore({ now: time.now }));
  const clock = new ProcessClock(time.clock);
  const take = async (): Promise<HeldClaim> => {
    const taken = await takeClaim(
      store,
      {
        key: KEY,
        leaseMs: LEASE_MS,
        keepMs: Infinity,
        create: { kind: 'test', fingerprint: '', version: 1, data: BYTES('0') },
        fingerprint: undefined,
        version: 1,
      },
      { clock },
    );
    assert.equal(taken.outcome, 'won');
    return taken.outcome === 'won' ? taken.claim : assert.fail();
  };
  return { time, store, clock, take };
}

function reasonOf(claim: HeldClaim): unknown {
  const { reason } = claim.signal;
  return isSpotproofError(reason) ? [reason.code, reason.details.because] : reason;
}

test('a claim is renewed at a third of its lease, with one call each, and never ends while the store answers', async () => {
  const { time, store, take } = world();
  const claim = await take();

  await time.pass(10 * LEASE_MS + 1);

  assert.deepEqual(store.calls, ['claim', ...Array.from({ length: 30 }, () => 'renew')]);
  assert.equal(claim.signal.aborted, false);
  assert.ok(claim.timeLeftMs() > (LEASE_MS * 2) / 3 - 1);
});

test('time left counts from the instant at which the last good write was sent, not from its answer', async () => {
  const { time, store, take } = world();
  const claim = await take();
  await time.pass(5000);
  const original = store.store.save.bind(store.store);
  store.store.save = async (request) => {
    const outcome = await original(request);
    await new Promise<void>((resolve) => time.clock.schedule(4000, resolve));
    return outcome;
  };

  const saving = claim.save({ version: 1, data: BYTES('1') });
  await time.pass(4000);
  await saving;

  assert.equal(claim.timeLeftMs(), LEASE_MS - 4000);
});

test('a save counts as a renewal: no heartbeat follows within the next third of the lease', async () => {
  const { time, store, take } = world();
  const claim = await take();
  await time.pass(9000);

  await claim.save({ version: 1, data: BYTES('1') });
  await time.pass(9000);

  assert.deepEqual(store.calls, ['claim', 'save']);
});

test('without an answer until the lease ends the work is told so at that very instant, and not before', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('renew', ...Array.from({ length: 10 }, () => 'unsent' as const));

  await time.pass(LEASE_MS - 1);
  const before = claim.signal.aborted;
  claim.assertHeld();
  await time.pass(1);

  assert.equal(before, false);
  assert.deepEqual(reasonOf(claim), ['SPOTPROOF_CLAIM_LOST', 'deadline']);
  assert.equal(claim.timeLeftMs(), 0);
  assert.throws(() => claim.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
});

test('a holder that was stopped while another one came is told so, and writes nothing', async () => {
  const { time, store, clock, take } = world();
  const zombie = await take();
  clock.stop();
  await time.pass(LEASE_MS + 1);
  const live = await takeClaim(
    store.store,
    { key: KEY, leaseMs: LEASE_MS, keepMs: Infinity, create: undefined, fingerprint: undefined, version: 1 },
    { clock: time.clock },
  );
  assert.equal(live.outcome, 'won');
  if (live.outcome === 'won') await live.claim.save({ version: 1, data: BYTES('live') });

  clock.resume();

  assert.throws(() => zombie.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
  await assert.rejects(zombie.save({ version: 1, data: BYTES('zombie') }), { code: 'SPOTPROOF_CLAIM_LOST' });
  await assert.rejects(zombie.settle({ to: 'done', result: BYTES('zombie'), keepMs: 1000 }), { code: 'SPOTPROOF_CLAIM_LOST' });
  const record = await store.read(KEY);
  assert.equal(record?.state, 'held');
  assert.equal(Buffer.from(record.data).toString(), 'live');
});

test('a holder that was stopped for longer than its lease may still save what it did if nobody came, but goes no further', async () => {
  const { time, store, clock, take } = world();
  const claim = await take();
  clock.stop();
  await time.pass(LEASE_MS + 1);
  clock.resume();

  await claim.save({ version: 1, data: BYTES('late') });

  assert.equal((await store.read(KEY))?.seq, 1);
  assert.deepEqual(reasonOf(claim), ['SPOTPROOF_CLAIM_LOST', 'deadline']);
  assert.throws(() => claim.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
  assert.equal(claim.leaseLeftMs(), LEASE_MS);
});

test('a save whose answer was cut off is sent again unchanged, and counts once', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('save', 'cut', 'cut');

  const saving = claim.save({ version: 1, data: BYTES('1') });
  await time.pass(5000);
  await saving;

  assert.equal(store.calls.filter((call) => call === 'save').length, 3);
  assert.equal(claim.seq, 1);
  assert.equal((await store.read(KEY))?.seq, 1);
});

test('a save that gets no answer on a dead connection is sent again beside it', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('save', 'unsent');

  const saving = claim.save({ version: 1, data: BYTES('1') });
  await time.pass(LEASE_MS / 3);
  await saving;

  assert.equal(Buffer.from((await store.read(KEY))!.data).toString(), '1');
  assert.equal(claim.signal.aborted, false);
});

test('writes go out one after the other, in the order of their calls', async () => {
  const { store, take } = world();
  const claim = await take();

  await Promise.all([
    claim.save({ version: 1, data: BYTES('1') }),
    claim.save({ version: 1, data: BYTES('2') }),
    claim.settle({
      to: 'pending',
      afterMs: 0,
      counts: 'interruption',
      snapshot: { version: 1, data: BYTES('3') },
      result: new Uint8Array(),
      keepMs: Infinity,
    }),
  ]);

  const record = await store.read(KEY);
  assert.deepEqual([record?.seq, record?.state, Buffer.from(record!.data).toString()], [3, 'pending', '3']);
});

test('after a save of unknown outcome no other checkpoint is written, so that a late copy cannot bring an old one back; the release still is', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('save', ...Array.from({ length: 20 }, () => 'late' as const));

  const saving = claim.save({ version: 1, data: BYTES('1') });
  saving.catch(() => {});
  await time.pass(LEASE_MS);

  await assert.rejects(saving, { code: 'SPOTPROOF_STORE', retryable: true });
  store.plan('save');
  await assert.rejects(claim.save({ version: 1, data: BYTES('2') }), { code: 'SPOTPROOF_CLAIM_LOST' });
  await claim.settle({
    to: 'pending',
    afterMs: 0,
    counts: 'interruption',
    snapshot: { version: 1, data: BYTES('3') },
    result: new Uint8Array(),
    keepMs: Infinity,
  });
  await store.release();
  const record = await store.read(KEY);
  assert.deepEqual([record?.seq, record?.state], [0, 'pending']);
});

test('a refusal is not asked for twice, and the key stays held', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('save', 'refused');

  const saving = claim.save({ version: 1, data: BYTES('1') });

  await assert.rejects(saving, { code: 'SPOTPROOF_STORE', retryable: false });
  await time.pass(1000);
  assert.equal(claim.signal.aborted, false);
  await claim.save({ version: 1, data: BYTES('2') });
  assert.equal(Buffer.from((await store.read(KEY))!.data).toString(), '2');
});

test('after the end of the attempt nothing is renewed, and nothing may be written', async () => {
  const { time, store, take } = world();
  const claim = await take();

  await claim.settle({ to: 'done', result: BYTES('ok'), keepMs: 1000 });
  await time.pass(3 * LEASE_MS);

  assert.deepEqual(store.calls, ['claim', 'settle']);
  assert.equal(claim.signal.aborted, false);
  assert.equal(claim.timeLeftMs(), 0);
  await assert.rejects(claim.save({ version: 1, data: BYTES('1') }), { code: 'SPOTPROOF_CLAIM_LOST' });
});

test('while the answer to its end is awaited an attempt does not count on the key: another may have it', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('settle', 'cut');

  const settled = claim.settle({ to: 'pending', afterMs: 0, counts: 'interruption', result: BYTES(''), keepMs: Infinity, snapshot: undefined });
  await time.pass(0);

  assert.equal((await store.read(KEY))?.state, 'pending');
  assert.equal(claim.timeLeftMs(), 0);
  assert.throws(() => claim.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
  await time.pass(LEASE_MS);
  await settled;
});

test('a renewal that the end of the attempt overtakes is no loss', async () => {
  const { time, store, take } = world();
  const claim = await take();
  store.plan('renew', 'unsent');
  await time.pass(LEASE_MS / 3 + 1);

  await claim.settle({ to: 'done', result: BYTES('ok'), keepMs: 1000 });
  await time.pass(LEASE_MS);

  assert.equal(claim.signal.aborted, false);
});

test('a holder whose record an operator has removed is told so at the next heartbeat', async () => {
  const { time, store, take } = world();
  const claim = await take();
  await time.pass(1000);
  assert.equal(await store.purge({ key: KEY, force: claim.epoch }), 'purged');

  await time.pass(LEASE_MS / 3);

  assert.deepEqual(reasonOf(claim), ['SPOTPROOF_CLAIM_LOST', 'taken']);
  assert.throws(() => claim.assertHeld(), { code: 'SPOTPROOF_CLAIM_LOST' });
});

test('an interruption tells the work and keeps the key', async () => {
  const { time, take } = world();
  const claim = await take();

  claim.interrupt();
  await time.pass(2 * LEASE_MS);

  assert.deepEqual(reasonOf(claim), ['SPOTPROOF_INTERRUPTED', undefined]);
  claim.assertHeld();
});

test('effect keys are those of the work and the step, not of the attempt', async () => {
  const { time, store, clock, take } = world();
  const first = await take();
  clock.stop();
  await time.pass(LEASE_MS);
  const second = await takeClaim(
    store,
    { key: KEY, leaseMs: LEASE_MS, keepMs: Infinity, create: undefined, fingerprint: undefined, version: 1 },
    { clock: time.clock },
  );
  assert.ok(second.outcome === 'won');

  assert.equal(second.claim.effectKey('charge'), first.effectKey('charge'));
  assert.notEqual(second.claim.effectKey('charge'), first.effectKey('mail'));
  assert.match(first.effectKey('charge'), /^[\w-]{43}$/u);
  assert.deepEqual([first.attempt, second.claim.attempt], [1, 2]);
  assert.ok(second.claim.epoch > first.epoch);
});

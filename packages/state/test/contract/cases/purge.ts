import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { bytes, done, failed, holder, LONG_MS, released, SHORT_MS } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const PURGE_CASES: readonly ContractCase[] = [
  {
    name: 'a record is removed when its time is over, and not before',
    run: async (c) => {
      const kept = await c.win(c.key());
      await c.store.settle({ ...holder(kept), settlement: done() });
      const over = await c.win(c.key());
      await c.store.settle({ ...holder(over), settlement: done(bytes(''), SHORT_MS) });

      await c.pass(SHORT_MS);
      const early = await c.store.purge({ key: kept.key, force: undefined });
      await c.until('the record is removed', async () => {
        await c.store.purge({ key: over.key, force: undefined });
        return (await c.store.read(over.key)) === undefined ? true : undefined;
      });

      assert.equal(early, 'kept');
      assert.equal((await c.store.claim(c.claim(kept.key))).outcome, 'done');
      assert.equal((await c.store.claim(c.claim(over.key))).outcome, 'won');
    },
  },
  {
    name: 'there is nothing to remove at an unknown key',
    run: async (c) => {
      assert.equal(await c.store.purge({ key: c.key(), force: undefined }), 'kept');
      assert.equal(await c.store.purge({ key: c.key(), force: 1 }), 'kept');
    },
  },
  {
    name: 'an operator removes what was looked at, and nothing that came after it',
    run: async (c) => {
      const key = c.key();
      const first = await c.winAndExpire(key);
      const second = await c.takeOver(key);
      await c.pass(SHORT_MS);

      const stale = await c.store.purge({ key, force: first.epoch });
      const between = await c.record(key);
      await c.until('the record is removed', async () => ((await c.store.purge({ key, force: second.epoch })) === 'purged' ? true : undefined));

      assert.equal(stale, 'kept');
      assert.equal(between.token, second.token);
      assert.equal(await c.store.read(key), undefined);
      assert.equal(await c.store.renew({ ...holder(second), leaseMs: LONG_MS }), 'lost');
    },
  },
  {
    name: 'work that must not be forgotten is kept through claims and releases that ask for less',
    run: async (c) => {
      const key = c.key();
      await c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: 0, keepMs: Infinity });
      const kept = [(await c.record(key)).keepUntil];
      const one = await c.takeOver(key, { keepMs: 0, leaseMs: SHORT_MS });
      kept.push((await c.record(key)).keepUntil);
      await c.store.renew({ ...holder(one), leaseMs: 1 });
      await c.store.save({ ...holder(one), seq: 1, version: 1, data: bytes('x'), leaseMs: 1 });
      kept.push((await c.record(key)).keepUntil);
      await c.store.settle({ ...holder(one), settlement: released({ keepMs: 0 }) });
      kept.push((await c.record(key)).keepUntil);
      await c.pass(SHORT_MS);

      const purged = await c.store.purge({ key, force: undefined });

      assert.deepEqual(kept, [FOR_EVER, FOR_EVER, FOR_EVER, FOR_EVER]);
      assert.equal(purged, 'kept');
      assert.equal((await c.takeOver(key)).won.seq, 1);
    },
  },
  {
    name: 'work that was revived for ever is kept for ever',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: { ...failed(), to: 'failed', keepMs: LONG_MS, result: bytes('error') } });

      await c.store.revive({ key: one.key, keepMs: Infinity });

      assert.equal((await c.record(one.key)).keepUntil, FOR_EVER);
    },
  },
  {
    name: 'a result is kept for as long as its settlement says, even where the work was kept for ever',
    run: async (c) => {
      const one = await c.win(c.key(), { keepMs: Infinity });

      await c.store.settle({ ...holder(one), settlement: done() });

      const { dueAt, keepUntil } = await c.record(one.key);
      assert.ok(Math.abs(keepUntil - (dueAt + LONG_MS)) <= 1, `${keepUntil - dueAt}`);
    },
  },
];

/** The last instant that a Date can hold. */
const FOR_EVER = 8_640_000_000_000_000;

import assert from 'node:assert/strict';
import { bytes, done, holder, LONG_MS } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const CLOCK_CASES: readonly ContractCase[] = [
  {
    name: 'a lease is over at its last millisecond, not one before',
    needs: 'a clock that can be moved',
    run: async (c) => {
      const key = c.key();
      await c.win(key, { leaseMs: 1000 });

      c.under.advance?.(999);
      const before = await c.store.claim(c.claim(key));
      c.under.advance?.(1);
      const after = await c.store.claim(c.claim(key));

      assert.deepEqual(before, { outcome: 'busy', because: 'held', retryAfterMs: 1 });
      assert.equal(after.outcome, 'won');
    },
  },
  {
    name: 'a clock that jumps an hour ahead lets another take over, and fences whoever held',
    needs: 'a clock that can be moved',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);

      c.under.advance?.(HOUR_MS);
      const second = await c.win(key);
      const late = await c.store.settle({ ...holder(first), settlement: done(bytes('first')) });

      assert.equal(late, 'lost');
      assert.ok(second.epoch > first.epoch);
    },
  },
  {
    name: 'a clock that jumps an hour back frees no key early, and epochs still grow',
    needs: 'a clock that can be moved',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);

      c.under.advance?.(-HOUR_MS);
      const early = await c.store.claim(c.claim(key));
      const held = await c.store.renew({ ...holder(first), leaseMs: 1 });
      c.under.advance?.(1);
      const second = await c.win(key);

      assert.equal(early.outcome, 'busy');
      assert.equal(held, 'held');
      assert.ok(second.epoch > first.epoch, `${first.epoch} ${second.epoch}`);
      c.under.advance?.(HOUR_MS);
    },
  },
  {
    name: 'no record is removed before the clock has passed its epoch',
    needs: 'a clock that can be moved',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);

      const atOnce = await c.store.purge({ key, force: first.epoch });
      c.under.advance?.(-HOUR_MS);
      const back = await c.store.purge({ key, force: first.epoch });
      c.under.advance?.(HOUR_MS + 1);
      const later = await c.store.purge({ key, force: first.epoch });
      const second = await c.win(key);

      assert.deepEqual([atOnce, back, later], ['kept', 'kept', 'purged']);
      assert.ok(second.epoch > first.epoch);
    },
  },
  {
    name: 'a record is kept to the last millisecond',
    needs: 'a clock that can be moved',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: done(bytes('')) });

      c.under.advance?.(LONG_MS - 1);
      const before = await c.store.purge({ key: one.key, force: undefined });
      c.under.advance?.(1);
      const after = await c.store.purge({ key: one.key, force: undefined });

      assert.deepEqual([before, after], ['kept', 'purged']);
    },
  },
];

const HOUR_MS = 3_600_000;

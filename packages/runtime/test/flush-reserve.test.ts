import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainSchedule } from '@spotproof/core/drain';
import fc from 'fast-check';
import { withFlushReserve } from '../src/life/flush-reserve.ts';

test('a reserve below what the schedule keeps anyway changes nothing', () => {
  const schedule = drainSchedule(30_000);

  assert.deepEqual(withFlushReserve(schedule, 0), schedule);
  assert.deepEqual(withFlushReserve(schedule, 500), schedule);
});

test('whatever the budget and the reserve, the instants stay in order, the exit stays, and three quarters remain for the work', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), fc.double({ min: 0, max: 1e9, noNaN: true }), (budgetMs, reserveMs) => {
      const before = drainSchedule(budgetMs);
      const after = withFlushReserve(before, reserveMs);

      const instants = [after.lingerCapMs, after.stopMs, after.destroyMs, after.releaseMs, after.exitMs];
      assert.deepEqual(
        instants,
        instants.toSorted((one, other) => one - other),
      );
      assert.ok(after.floorMs >= 0 && after.floorMs <= after.lingerCapMs);
      assert.equal(after.exitMs, before.exitMs);
      assert.ok(after.exitMs - after.releaseMs >= Math.min(reserveMs, before.exitMs / 4) - 1e-6);
      assert.ok(after.releaseMs >= Math.min(before.releaseMs, 0.75 * before.exitMs) - 1e-6);
    }),
  );
});

import { drainSchedule } from '@spotproof/core/drain';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

test('the default stop timeout of 30 s gives 18, 25.5, 28, 29 and 29.5 s', () => {
  assert.deepEqual(drainSchedule(30_000), {
    floorMs: 12_000,
    lingerCapMs: 18_000,
    stopMs: 25_500,
    destroyMs: 28_000,
    releaseMs: 29_000,
    exitMs: 29_500,
  });
});

test('the longest stop timeout of 120 s gives 100, 112, 116, 118.5 and 119 s', () => {
  assert.deepEqual(drainSchedule(120_000), {
    floorMs: 12_000,
    lingerCapMs: 100_000,
    stopMs: 112_000,
    destroyMs: 116_000,
    releaseMs: 118_500,
    exitMs: 119_000,
  });
});

test('for every budget the instants keep their order and the exit comes before SIGKILL', () => {
  fc.assert(
    fc.property(fc.double({ min: 100, max: 3_600_000, noNaN: true }), fc.boolean(), (budgetMs, interactive) => {
      const schedule = drainSchedule(budgetMs, { interactive });
      const instants = [
        0,
        schedule.floorMs,
        schedule.lingerCapMs,
        schedule.stopMs,
        schedule.destroyMs,
        schedule.releaseMs,
        schedule.exitMs,
        budgetMs,
      ];

      for (const [index, instant] of instants.entries()) assert.ok(instant >= (instants[index - 1] ?? 0), instants.join(', '));
      assert.ok(schedule.exitMs < budgetMs);
    }),
  );
});

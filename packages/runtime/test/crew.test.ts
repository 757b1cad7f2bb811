import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainSchedule, type DrainSchedule } from '@spotproof/core/drain';
import fc from 'fast-check';
import { memberSchedule, startedEarlier, superiorSchedule } from '../src/life/crew/member-schedule.ts';
import { mergeTraffic } from '../src/life/crew/traffic.ts';

test('whatever the budget, a worker is out before its primary gives it up, and every instant comes in order', () => {
  fc.assert(
    fc.property(fc.double({ min: 1_000, max: 3_600_000, noNaN: true }), fc.boolean(), (budgetMs, interactive) => {
      const superior = superiorSchedule(drainSchedule(budgetMs, { interactive }));
      const member = memberSchedule(superior);

      assertOrder(superior);
      assertOrder(member);
      assert.ok(member.exitMs < superior.destroyMs, `${member.exitMs} is not before ${superior.destroyMs}`);
      assert.ok(member.stopMs <= superior.stopMs);
      assert.ok(member.lingerCapMs > superior.lingerCapMs, 'a worker left before it was told');
    }),
  );
});

test('a worker that hears of the drain late has so much less time, and no instant lies before its start', () => {
  const member = memberSchedule(superiorSchedule(drainSchedule(30_000)));

  const late = startedEarlier(member, 27_000);

  assert.equal(late.exitMs, member.exitMs - 27_000);
  assert.equal(late.floorMs, 0);
  assertOrder(late);
});

test('three workers with a request every three seconds are a service with one every second', () => {
  const worker = { requests: 10, meanGapMs: 3_000, healthChecksStopped: false };

  const service = mergeTraffic([
    { ...worker, lastRequestAgoMs: 2_500 },
    { ...worker, lastRequestAgoMs: 500 },
    { ...worker, lastRequestAgoMs: 1_500 },
  ]);

  assert.deepEqual(
    { ...service, meanGapMs: Math.round(service.meanGapMs ?? 0) },
    { requests: 30, meanGapMs: 1_000, lastRequestAgoMs: 500, healthChecksStopped: false },
  );
});

test('workers that saw nothing say nothing: neither about the gaps nor about health checks', () => {
  const idle = { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined, healthChecksStopped: false };
  const busy = { requests: 64, meanGapMs: 10, lastRequestAgoMs: 5, healthChecksStopped: true };

  assert.deepEqual(mergeTraffic([idle, busy, idle]), { ...busy, meanGapMs: 10 });
  assert.deepEqual(mergeTraffic([idle, idle]), idle);
  assert.equal(mergeTraffic([busy, { ...busy, healthChecksStopped: false }]).healthChecksStopped, false);
});

function assertOrder({ floorMs, lingerCapMs, stopMs, destroyMs, releaseMs, exitMs }: DrainSchedule): void {
  const instants = [floorMs, lingerCapMs, stopMs, destroyMs, releaseMs, exitMs];
  assert.deepEqual(
    instants,
    instants.toSorted((one, other) => one - other),
  );
}

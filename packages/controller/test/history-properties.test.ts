import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, SpotproofError } from '@spotproof/core';
import { type Controller, createController, type MemoryStore, parseUnits } from '@spotproof/controller';
import fc from 'fast-check';
import { Rig } from './rig.ts';

const UNIT = { cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 12 };
const OPERATIONS = ['DescribeServices', 'ListTasks', 'DescribeTargetHealth', 'UpdateService', 'DescribeScalableTargets', 'RegisterScalableTarget'];

const histories = fc.record({
  skewMs: fc.constantFrom(0, 0, 800, -45_000, 300_000, 86_400_000),
  steps: fc.array(
    fc.record({
      minutes: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom(
        'interrupt',
        'interrupt',
        'replace',
        'fail',
        'lost-answer',
        'heal',
        'memory-refuses',
        'desired',
        'stop',
        'twin',
        'pause',
        'rollout',
      ),
      number: fc.integer({ min: 1, max: 10 }),
      by: fc.constantFrom('first', 'second'),
    }),
    { maxLength: 20 },
  ),
});

test('whatever AWS, people, clocks and a second controller do: the primary is never written, the twin stays within its bound, and nothing is left in the end', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ skewMs, steps }) => {
      const rig = new Rig({ unit: UNIT });
      const second = skewed(rig, skewMs);
      const { cloud } = rig;
      let desired = 10;
      let next = 100;
      const tick = async (by: 'first' | 'second'): Promise<void> => {
        const before = cloud.twin;
        const written = cloud.calls.length;
        await rig.run((by === 'first' ? rig.controller : second).tick());
        for (const call of cloud.calls.slice(written)) {
          const [operation, service, count] = call.split(' ');
          if (operation !== 'UpdateService') continue;
          assert.equal(service, 'api-fallback');
          assert.ok(Number(count) <= Math.max(UNIT.maxFallback, before), `wrote ${count} after ${before}`);
        }
        assert.equal(cloud.services.get('api')?.desiredCount, desired, 'only people change the primary');
      };
      const fill = (): void => {
        const running = cloud.tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
        cloud.tasks = cloud.tasks.filter((task) => task.desiredStatus !== 'RUNNING' || running.indexOf(task) < desired);
        for (let missing = desired - running.length; missing > 0; missing--) cloud.addTask(next++);
      };
      const heal = (): void => {
        cloud.failures.clear();
        cloud.afterCall = () => {};
        rig.memory.isRefusing = false;
        cloud.change('api', { tags: {}, isRollingOut: false });
      };
      for (const { kind, minutes, number, by } of steps) {
        const operation = OPERATIONS[number % OPERATIONS.length] ?? '';
        if (kind === 'interrupt')
          for (const { arn } of cloud.tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').slice(0, number))
            cloud.interrupt(Number(arn.split('/')[2]), rig.clock.now());
        if (kind === 'replace') fill();
        if (kind === 'fail') cloud.failures.set(operation, { error: 'ThrottlingException', retryable: true });
        if (kind === 'lost-answer')
          cloud.afterCall = () => {
            throw new SpotproofError('SPOTPROOF_CLOUD', 'the answer never came', { retryable: true });
          };
        if (kind === 'heal') heal();
        if (kind === 'memory-refuses') rig.memory.isRefusing = true;
        if (kind === 'desired' || kind === 'stop') {
          desired = kind === 'stop' ? 0 : number;
          cloud.change('api', { desiredCount: desired });
        }
        if (kind === 'twin') cloud.change('api-fallback', { desiredCount: 3 * number });
        if (kind === 'pause') cloud.change('api', { tags: { 'spotproof:pause': 'true' } });
        if (kind === 'rollout') cloud.change('api', { isRollingOut: true });
        await tick(by);
        for (let minute = 0; minute < minutes; minute++) {
          rig.clock.advance(60_000);
          await tick(by);
        }
      }
      heal();
      desired = Math.max(1, desired);
      cloud.change('api', { desiredCount: desired });
      // The longest wait that relapses can lead to, the time that a lower count takes to be believed, and the steps of a release.
      for (let minute = 0; minute < 60 + 15 + 20; minute++) {
        fill();
        rig.clock.advance(60_000);
        await tick('first');
      }
      assert.equal(cloud.twin, 0);
      assert.equal(cloud.isScaleInSuspended, false, 'scale-in is as it was');
    }),
    { numRuns: 50 },
  );
});

/** A second controller of the same unit, in a process whose clock is wrong. */
function skewed(rig: Rig, skewMs: number): Controller {
  const clock: Clock = { now: () => rig.clock.now() + skewMs, schedule: (delayMs, callback) => rig.clock.schedule(delayMs, callback) };
  const memory: MemoryStore = {
    async acquire(unitId, options) {
      const held = await rig.memory.acquire(unitId, options);
      // As each process reckons it from its own clock.
      return held && { ...held, until: held.until + skewMs };
    },
  };
  return createController({ units: parseUnits([UNIT]), cloud: rig.cloud, memory, clock, record: () => {} });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseTasks, planWaves } from '../../src/drill/plan.ts';
import { task, taskArn } from './sample.ts';

test('waves begin an interval apart, whatever the one before does', () => {
  assert.deepEqual(planWaves({ waves: 3, intervalMs: 30_000, count: 2 }), [
    { number: 1, atMs: 0, count: 2 },
    { number: 2, atMs: 30_000, count: 2 },
    { number: 3, atMs: 60_000, count: 2 },
  ]);
});

test('of mixed tasks only those on Spot go, the longest running first, and none that stops already or starts still', () => {
  const tasks = [
    task(5),
    task(1, { capacityProviderName: 'FARGATE' }),
    task(3),
    task(2, { desiredStatus: 'STOPPED' }),
    task(4, { lastStatus: 'PENDING', startedAt: undefined }),
  ];

  assert.deepEqual(
    chooseTasks(tasks, 'all').map(({ arn }) => arn),
    [taskArn(3), taskArn(5)],
  );
  assert.deepEqual(
    chooseTasks(tasks, 1).map(({ arn }) => arn),
    [taskArn(3)],
  );
});

test('a service that is all On-Demand is drilled all the same', () => {
  const tasks = [task(1, { capacityProviderName: 'FARGATE' }), task(2, { capacityProviderName: undefined })];

  assert.equal(chooseTasks(tasks, 'all').length, 2);
});

test('no wave stops a task twice, more than it was told to, or one that does not run', () => {
  const some = fc.array(
    fc.record({ status: fc.constantFrom('PENDING', 'RUNNING', 'STOPPING', 'STOPPED'), isSpot: fc.boolean(), isWanted: fc.boolean() }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 40 }), (specs, count) => {
      const tasks = specs.map(({ status, isSpot, isWanted }, index) =>
        task(index + 1, {
          lastStatus: status,
          desiredStatus: isWanted ? 'RUNNING' : 'STOPPED',
          capacityProviderName: isSpot ? 'FARGATE_SPOT' : 'FARGATE',
        }),
      );

      const chosen = chooseTasks(tasks, count);

      assert.ok(chosen.length <= count);
      assert.equal(new Set(chosen.map(({ arn }) => arn)).size, chosen.length);
      assert.ok(chosen.every(({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING'));
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rig } from './rig.ts';

void describe('a notice whose address may be that of another task by now', () => {
  for (const [name, detail] of [
    ['of another account', { clusterArn: 'arn:aws:ecs:eu-west-1:999999999999:cluster/web' }],
    ['of another region', { clusterArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/web' }],
  ] as const) {
    test(`${name}, of a service of the same name, takes no target out`, async () => {
      const rig = new Rig();

      assert.deepEqual(await rig.run(rig.controller.handle([rig.record(3, detail)])), []);
      assert.equal(rig.cloud.count('DeregisterTargets'), 0);
      assert.deepEqual(rig.reasons(), ['foreign', 'reconcile']);
    });
  }

  test('because the task has stopped already, takes no target out', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.tasks = rig.cloud.tasks.map((task) => (task.desiredStatus === 'STOPPED' ? { ...task, lastStatus: 'STOPPED' } : task));

    assert.deepEqual(await rig.run(rig.controller.handle([rig.record(3)])), []);
    assert.equal(rig.cloud.count('DeregisterTargets'), 0);
    assert.deepEqual(rig.reasons(), ['stale', 'reconcile']);
  });

  for (const [lastStatus, taken] of [
    ['DEPROVISIONING', 1],
    ['STOPPED', 0],
  ] as const) {
    test(`with ${lastStatus} for its first news takes ${taken} target out`, async () => {
      const rig = new Rig();
      rig.cloud.interrupt(3, rig.clock.now());

      assert.deepEqual(await rig.run(rig.controller.handle([rig.record(3, { lastStatus })])), []);
      assert.equal(rig.cloud.count('DeregisterTargets'), taken);
      assert.deepEqual(rig.reasons(), taken === 1 ? ['deregister', 'reconcile'] : ['reconcile']);
    });
  }
});

void describe('who was first', () => {
  test('is said once for a task, by its notice: what comes later finds what we did ourselves', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    for (const lastStatus of ['RUNNING', 'RUNNING', 'DEACTIVATING', 'STOPPING'])
      await rig.run(rig.controller.handle([rig.record(3, { lastStatus })]));

    assert.deepEqual(outcomes(rig), ['deregistered']);
  });

  test('is not said by what comes when the notice never did, if there is nothing left to do', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.targets.set('10.0.0.3', { id: '10.0.0.3', port: 8080, state: 'draining' });
    await rig.run(rig.controller.handle([rig.record(3, { lastStatus: 'STOPPING' })]));

    assert.deepEqual(outcomes(rig), []);
  });

  test('is AWS for a target that it drains though it is unhealthy', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.targets.set('10.0.0.3', { id: '10.0.0.3', port: 8080, state: 'unhealthy.draining' });
    await rig.run(rig.controller.handle([rig.record(3)]));

    assert.deepEqual([outcomes(rig), rig.cloud.count('DeregisterTargets')], [['aws-was-first'], 0]);
  });
});

function outcomes(rig: Rig): readonly string[] {
  return rig.decisions.flatMap((decision) => (decision.type === 'deregister' ? [decision.outcome] : []));
}

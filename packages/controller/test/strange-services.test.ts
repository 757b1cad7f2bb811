import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readService } from '../src/aws/ecs.ts';
import { Rig } from './rig.ts';

void describe('a service of IPv6 addresses alone', () => {
  test('is at strength when its targets are healthy, and loses the one that is interrupted', async () => {
    const rig = new Rig({ desired: 3 });
    rig.cloud.tasks = rig.cloud.tasks.map((task, index) => ({ ...task, privateIpv4Address: undefined, ipv6Address: `2600:1f18::${index + 1}` }));
    rig.cloud.targets.clear();
    for (const number of [1, 2, 3]) rig.cloud.targets.set(`2600:1f18::${number}`, { id: `2600:1f18::${number}`, port: 8080, state: 'healthy' });
    await rig.run(rig.controller.tick());
    const twin = rig.cloud.twin;
    rig.cloud.interrupt(3, rig.clock.now());
    await rig.run(
      rig.controller.handle([
        rig.record(3, { attachments: [], containers: [{ name: 'app', networkInterfaces: [{ attachmentId: '1', ipv6Address: '2600:1f18::3' }] }] }),
      ]),
    );

    assert.deepEqual([twin, rig.cloud.count('DeregisterTargets 2600:1f18::3:8080'), rig.cloud.twin], [0, 1, 1]);
  });
});

void describe('a twin that cannot stand in', () => {
  for (const [name, change, problem] of [
    ['is on Spot itself', { strategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }, /FARGATE_SPOT/],
    ['is in another target group', { targetGroups: [{ arn: 'arn:other', containerPort: 8080 }] }, /target group/],
    ['is in no target group', { targetGroups: [] }, /target group/],
  ] as const) {
    test(`because it ${name} is named, and not paid for`, async () => {
      const rig = new Rig();
      rig.cloud.interrupt(3, rig.clock.now());
      rig.cloud.change('api-fallback', change);
      await rig.run(rig.controller.tick());

      assert.deepEqual([rig.cloud.twin, rig.reasons()], [0, ['twin-unfit']]);
      assert.match(JSON.stringify(rig.decisions), problem);
    });
  }
});

void describe('tasks that their target group does not know', () => {
  const strangers = [{ id: 'i-0123456789abcdef0', port: 8080, state: 'healthy' }];

  test('are not taken for a shortage: blue/green and instance targets look like that', async () => {
    const rig = new Rig();
    rig.cloud.targets.clear();
    for (const target of strangers) rig.cloud.targets.set(target.id, target);
    await rig.run(rig.controller.tick());

    assert.deepEqual([rig.cloud.twin, rig.reasons()], [0, ['targets-unknown']]);
  });

  test('are one when others are known to it', async () => {
    const rig = new Rig();
    rig.cloud.targets.delete('10.0.0.4');
    await rig.run(rig.controller.tick());

    assert.equal(rig.cloud.twin, 1);
  });
});

void describe('a scalable target', () => {
  test('is not written while a person has set the service outside of it: that would pull the primary back', async () => {
    const rig = new Rig();
    for (const number of [3, 4]) rig.cloud.interrupt(number, rig.clock.now());
    // The whole service is stopped on purpose, in the middle of a shortage.
    rig.cloud.afterCall = () => {};
    rig.cloud.change('api-fallback', { desiredCount: 2 });
    rig.cloud.change('api', { desiredCount: 0 });
    for (let minute = 0; minute < 10; minute++) {
      rig.clock.advance(60_000);
      await rig.run(rig.controller.tick());
    }

    assert.equal(rig.cloud.services.get('api')?.desiredCount, 0);
    assert.deepEqual([rig.cloud.twin, rig.cloud.count('RegisterScalableTarget')], [0, 0]);
  });

  test('gets its scale-in back when the service is inside again, however long that took', async () => {
    const rig = new Rig();
    for (const number of [3, 4]) rig.cloud.interrupt(number, rig.clock.now());
    await rig.run(rig.controller.tick());
    rig.cloud.change('api', { desiredCount: 0 });
    rig.clock.advance(60_000);
    for (let minute = 0; minute < 20; minute++) {
      rig.clock.advance(60_000);
      await rig.run(rig.controller.tick());
    }
    const outside = [rig.cloud.services.get('api')?.desiredCount, rig.cloud.twin, rig.cloud.isScaleInSuspended];
    rig.cloud.change('api', { desiredCount: 8 });
    rig.clock.advance(60_000);
    await rig.run(rig.controller.tick());

    assert.deepEqual(outside, [0, 0, true]);
    assert.equal(rig.cloud.isScaleInSuspended, false);
  });
});

void describe('a rollout', () => {
  for (const [name, rolloutStates, isRollingOut] of [
    ['of one deployment that is complete is over', ['COMPLETED'], false],
    ['goes on while a deployment is in progress', ['IN_PROGRESS', 'COMPLETED'], true],
    ['goes on while the tasks of the earlier deployment drain', ['COMPLETED', 'COMPLETED'], true],
    ['is over when the circuit breaker has stopped it without a rollback, for good', ['FAILED', 'COMPLETED'], false],
    ['goes on while the circuit breaker rolls back', ['IN_PROGRESS', 'FAILED'], true],
  ] as const) {
    test(name, () => {
      assert.equal(readService({ deployments: rolloutStates.map((rolloutState) => ({ rolloutState })) }).isRollingOut, isRollingOut);
    });
  }
});

void describe('the pause tag', () => {
  for (const [value, paused] of [
    ['true', true],
    ['', true],
    ['until Monday', true],
    ['False', false],
    [' FALSE ', false],
    ['0', false],
    ['no', false],
  ] as const) {
    test(`"${value}" ${paused ? 'holds a release' : 'is no pause'}`, async () => {
      const rig = new Rig();
      rig.cloud.change('api-fallback', { desiredCount: 2 });
      rig.cloud.change('api', { tags: { 'Spotproof:Pause': value } });
      for (let minute = 0; minute < 12; minute++) {
        rig.clock.advance(60_000);
        await rig.run(rig.controller.tick());
      }

      assert.equal(rig.cloud.twin, paused ? 2 : 0);
      assert.equal(JSON.stringify(rig.decisions).includes('"frozenBy":"pause-tag"'), paused);
    });
  }
});

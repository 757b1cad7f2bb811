import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rig } from './rig.ts';

void describe('a service that is its own fallback', () => {
  test('gets a minimum whose On-Demand share makes up for what Spot has taken', async () => {
    const rig = halfOnDemand();
    for (const number of [1, 2]) rig.cloud.interrupt(number, rig.clock.now());

    assert.deepEqual(await rig.run(rig.controller.handle([rig.record(1)])), []);
    assert.equal(rig.cloud.minCapacity, 14, 'ten, and four more of which two come On-Demand');
    assert.equal(rig.cloud.count('UpdateService'), 0);
  });

  test('asks for no more when those have come, and gives its minimum back when Spot is there again', async () => {
    const rig = halfOnDemand();
    for (const number of [1, 2]) rig.cloud.interrupt(number, rig.clock.now());
    await rig.run(rig.controller.tick());
    for (const number of [21, 22]) rig.cloud.addTask(number, 'FARGATE');
    rig.clock.advance(60_000);
    await rig.run(rig.controller.tick());
    const during = rig.cloud.minCapacity;
    // Of the fourteen that are desired now, Spot gives its seven.
    for (const number of [31, 32, 33, 34]) rig.cloud.addTask(number);
    for (let minute = 0; minute < 15; minute++) {
      rig.clock.advance(60_000);
      await rig.run(rig.controller.tick());
    }

    assert.deepEqual([during, rig.cloud.minCapacity, rig.cloud.isScaleInSuspended], [14, 2, false]);
  });

  for (const [name, onDemand] of [
    ['fewer On-Demand', 4],
    ['more On-Demand', 6],
  ] as const) {
    test(`is at strength when all of its tasks serve, though AWS rounds its shares to ${name} than we would`, async () => {
      const rig = halfOnDemand(onDemand);
      await rig.run(rig.controller.tick());

      assert.deepEqual([rig.cloud.minCapacity, rig.cloud.isScaleInSuspended], [2, false]);
    });

    test(`gives its minimum back when all that it asked for serves, ${name} than we would have had it`, async () => {
      const rig = halfOnDemand();
      for (const number of [1, 2]) rig.cloud.interrupt(number, rig.clock.now());
      await rig.run(rig.controller.tick());
      for (let number = 21; rig.cloud.tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').length < 14; number++)
        rig.cloud.addTask(number, number < 21 + onDemand - 3 ? 'FARGATE' : 'FARGATE_SPOT');
      for (let minute = 0; minute < 15; minute++) {
        rig.clock.advance(60_000);
        await rig.run(rig.controller.tick());
      }

      assert.deepEqual([rig.cloud.minCapacity, rig.cloud.isScaleInSuspended], [2, false]);
    });
  }

  test('never asks for more than the maximum of its scalable target', async () => {
    const rig = halfOnDemand();
    rig.cloud.maxCapacity = 12;
    for (const number of [1, 2, 3]) rig.cloud.interrupt(number, rig.clock.now());

    await rig.run(rig.controller.tick());
    await rig.run(rig.controller.tick());

    assert.equal(rig.cloud.minCapacity, 12);
    assert.equal(rig.cloud.count('RegisterScalableTarget minimum'), 1);
    assert.match(JSON.stringify(rig.decisions), /fallback-at-bound/);
  });

  test('is left alone, and says why, without a scalable target or without any weight on FARGATE', async () => {
    const [unscalable, spotOnly] = [halfOnDemand(), halfOnDemand()];
    unscalable.cloud.hasScaling = false;
    spotOnly.cloud.change('api', { strategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] });

    for (const rig of [unscalable, spotOnly]) await rig.run(rig.controller.tick());

    assert.deepEqual([unscalable.reasons(), spotOnly.reasons()], [['not-scalable'], ['no-on-demand-share']]);
  });
});

/** Ten tasks, as many of them On-Demand. */
function halfOnDemand(onDemand = 5): Rig {
  const rig = new Rig({ unit: { twin: undefined, minCapacity: 2 } });
  rig.cloud.minCapacity = 2;
  rig.cloud.change('api', { strategy: ['FARGATE', 'FARGATE_SPOT'].map((capacityProvider) => ({ capacityProvider, weight: 1 })) });
  rig.cloud.tasks = rig.cloud.tasks.map((task, index) => ({ ...task, capacityProviderName: index < 10 - onDemand ? 'FARGATE_SPOT' : 'FARGATE' }));
  return rig;
}

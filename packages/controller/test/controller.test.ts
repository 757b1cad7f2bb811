import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rig } from './rig.ts';

void describe('an interruption', () => {
  test('takes the target out at the port of its container, raises the twin, and never writes the primary', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());

    const failed = await rig.run(rig.controller.handle([rig.record(3)]));

    assert.deepEqual(failed, []);
    assert.equal(rig.cloud.count('DeregisterTargets 10.0.0.3:8080'), 1);
    assert.equal(rig.cloud.twin, 1);
    assert.equal(rig.cloud.count('UpdateService api '), 0);
    assert.equal(rig.cloud.isScaleInSuspended, true);
  });

  test('that AWS has deregistered already is counted as such, and left alone', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.targets.set('10.0.0.3', { id: '10.0.0.3', port: 8080, state: 'draining' });

    await rig.run(rig.controller.handle([rig.record(3)]));

    assert.equal(rig.cloud.count('DeregisterTargets'), 0);
    assert.deepEqual(
      rig.decisions.flatMap((decision) => (decision.type === 'deregister' ? [decision.outcome] : [])),
      ['aws-was-first'],
    );
  });

  test('of all tasks at once leaves them where they are until another serves, and the messages come again', async () => {
    const rig = new Rig({ desired: 2 });
    const records = [rig.record(1), rig.record(2)];
    for (const number of [1, 2]) rig.cloud.interrupt(number, rig.clock.now());

    const failed = await rig.run(rig.controller.handle([records[0] ?? rig.record(1)]));
    const before = rig.cloud.count('DeregisterTargets');
    rig.cloud.addTask(11);
    const again = await rig.run(rig.controller.handle(records));

    assert.deepEqual([failed, before, again], [['m-1'], 0, []]);
    assert.equal(rig.cloud.count('DeregisterTargets 10.0.0.1:8080 10.0.0.2:8080'), 1);
  });

  test('told twice, late or in another order ends the same', async () => {
    const events = (rig: Rig): ReturnType<Rig['record']>[] => [
      rig.record(3),
      rig.record(4),
      rig.record(3, { version: 5, lastStatus: 'STOPPING' }, 'm-3b'),
    ];
    const ends: number[] = [];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 0, 1, 1, 2, 2],
    ]) {
      const rig = new Rig();
      for (const number of [3, 4]) rig.cloud.interrupt(number, rig.clock.now());
      for (const index of order) await rig.run(rig.controller.handle([events(rig)[index] ?? rig.record(3)]));
      ends.push(rig.cloud.twin);
      assert.equal(rig.cloud.targets.get('10.0.0.3')?.state, 'draining');
    }
    assert.deepEqual(ends, [2, 2, 2]);
  });

  test('that never reaches the controller is healed by the tick', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());

    await rig.run(rig.controller.tick());

    assert.equal(rig.cloud.twin, 1);
  });
});

void describe('five hundred interruptions in a minute', () => {
  test('cost at most sixty reconciles, and as many writes of the twin', async () => {
    const rig = new Rig({ desired: 501 });
    const handled: Promise<readonly string[]>[] = [];
    for (let number = 1; number <= 500; number++)
      rig.clock.schedule(number * 120, () => {
        rig.cloud.interrupt(number, rig.clock.now());
        handled.push(rig.controller.handle([rig.record(number)]));
      });
    await rig.run(new Promise<void>((resolve) => rig.clock.schedule(60_001, resolve)));
    const failed = await rig.run(Promise.all(handled));

    assert.deepEqual(failed.flat(), []);
    assert.ok(rig.reasons().filter((type) => type === 'reconcile').length <= 60, 'reconciles');
    assert.ok(rig.cloud.count('UpdateService') <= 60, 'writes');
    assert.equal(rig.cloud.twin, 501, 'the one that is left is expected to go, too');
  });
});

void describe('what cannot be acted on', () => {
  for (const [name, body, why] of [
    ['text that is no JSON', '{', 'not-json'],
    [
      'an event that lacks its task',
      JSON.stringify({
        source: 'aws.ecs',
        'detail-type': 'ECS Task State Change',
        id: '1',
        time: '2026-01-01T00:00:00Z',
        account: '1',
        region: 'r',
        detail: {},
      }),
      'malformed',
    ],
  ] as const) {
    test(`${name} goes back to the queue, and from there to the dead-letter queue`, async () => {
      const rig = new Rig();

      assert.deepEqual(await rig.run(rig.controller.handle([{ messageId: 'bad', body }])), ['bad']);
      assert.deepEqual(rig.reasons(), [why]);
      assert.deepEqual(rig.cloud.calls, []);
    });
  }

  for (const [name, detail, why] of [
    ['a service that nobody configured', { group: 'service:other' }, 'not-a-unit'],
    ['a task of no service', { group: 'family:batch' }, 'not-a-unit'],
  ] as const) {
    test(`${name} is named and done with`, async () => {
      const rig = new Rig();

      assert.deepEqual(await rig.run(rig.controller.handle([rig.record(3, detail)])), []);
      assert.deepEqual(rig.reasons(), [why]);
    });
  }

  test('a foreign event is named and done with', async () => {
    const rig = new Rig();

    assert.deepEqual(await rig.run(rig.controller.handle([{ messageId: 'f', body: JSON.stringify({ source: 'aws.ec2', 'detail-type': 'x' }) }])), []);
    assert.deepEqual(rig.reasons(), ['foreign']);
  });

  test('a notice that is older than a task can live deregisters nothing, but is a reason to look', async () => {
    const rig = new Rig();
    const old = rig.record(3);
    rig.clock.advance(121_000);

    await rig.run(rig.controller.handle([old]));

    assert.deepEqual(rig.reasons(), ['stale', 'reconcile']);
    assert.equal(rig.cloud.count('DeregisterTargets'), 0);
  });

  for (const [name, change] of [
    ['deleted', { status: 'INACTIVE' }],
    ['draining', { status: 'DRAINING' }],
  ] as const) {
    test(`a twin that is ${name} stops the reconcile before it writes anything`, async () => {
      const rig = new Rig();
      rig.cloud.change('api-fallback', change);
      rig.cloud.interrupt(3, rig.clock.now());

      const failed = await rig.run(rig.controller.handle([rig.record(3)]));

      assert.deepEqual(failed, ['m-3']);
      assert.deepEqual(rig.reasons(), ['deregister', 'service-missing']);
      assert.equal(rig.cloud.count('UpdateService'), 0);
    });
  }
});

test('a tick is spent, whatever becomes of it: the next one comes in a minute, and a deleted service would fill the dead-letter queue', async () => {
  const rig = new Rig();
  rig.cloud.change('api-fallback', { status: 'INACTIVE' });
  const tick = { id: '1', source: 'aws.scheduler', 'detail-type': 'Scheduled Event', account: '111122223333', region: 'eu-west-1', detail: '{}' };

  const failed = await rig.run(
    rig.controller.handle([{ messageId: 'tick', body: JSON.stringify({ ...tick, time: new Date(rig.clock.now()).toISOString() }) }]),
  );

  assert.deepEqual([failed, rig.reasons()], [[], ['service-missing']]);
});

void describe('a call that AWS refuses', () => {
  for (const operation of [
    'DescribeServices',
    'ListTasks',
    'DescribeTargetHealth',
    'DeregisterTargets',
    'UpdateService',
    'DescribeScalableTargets',
    'RegisterScalableTarget',
  ]) {
    for (const [error, retryable] of [
      ['ThrottlingException', true],
      ['AccessDeniedException', false],
    ] as const) {
      test(`${operation} with ${error} is named, brings the message back, and heals when it is over`, async () => {
        const rig = new Rig();
        rig.cloud.interrupt(3, rig.clock.now());
        rig.cloud.failures.set(operation, { error, retryable });

        const failed = await rig.run(rig.controller.handle([rig.record(3)]));
        const said = JSON.stringify(rig.decisions);
        rig.cloud.failures.clear();
        const again = await rig.run(rig.controller.handle([rig.record(3)]));

        assert.deepEqual(failed, ['m-3']);
        assert.match(said, new RegExp(error));
        assert.deepEqual(again, []);
        assert.equal(rig.cloud.twin, 1);
        assert.equal(rig.cloud.isScaleInSuspended, true);
        assert.equal(rig.cloud.targets.get('10.0.0.3')?.state, 'draining');
      });
    }
  }
});

void describe('the twin', () => {
  test('is released in steps and scale-in resumed when the primary is back, by ticks alone', async () => {
    const rig = new Rig();
    for (let number = 1; number <= 8; number++) rig.cloud.interrupt(number, rig.clock.now());
    await rig.run(rig.controller.handle([rig.record(3)]));
    const raised = rig.cloud.twin;
    for (let number = 1; number <= 8; number++) rig.cloud.addTask(100 + number);
    for (let minute = 0; minute < 15; minute++) {
      rig.clock.advance(60_000);
      await rig.run(rig.controller.tick());
    }

    assert.equal(raised, 10, 'all that is on Spot is expected to go');
    assert.equal(rig.cloud.twin, 0);
    assert.equal(rig.cloud.isScaleInSuspended, false);
    assert.ok(rig.decisions.some((decision) => decision.type === 'reconcile' && decision.timeToStrengthMs === 60_000));
  });

  test('is not written in a dry run, which says what it would have done', async () => {
    const rig = new Rig({ dryRun: true });
    rig.cloud.interrupt(3, rig.clock.now());

    await rig.run(rig.controller.handle([rig.record(3)]));

    assert.equal(rig.cloud.count('UpdateService') + rig.cloud.count('DeregisterTargets') + rig.cloud.count('RegisterScalableTarget'), 0);
    assert.match(JSON.stringify(rig.decisions), /"set-fallback","count":1,.*"dry-run"/);
  });

  test('is raised at once by a controller that works beside one in a dry run, with the same memory', async () => {
    const working = new Rig();
    const dry = new Rig({ dryRun: true, memory: working.memory });
    working.cloud.interrupt(3, working.clock.now());
    dry.clock.advance(500);
    await dry.run(dry.controller.tick());

    await working.run(working.controller.handle([working.record(3)]));

    assert.equal(working.cloud.twin, 1);
  });

  test('is not released while the primary is tagged as paused', async () => {
    const rig = new Rig();
    rig.cloud.change('api-fallback', { desiredCount: 5 });
    rig.cloud.change('api', { tags: { 'spotproof:pause': 'true' } });
    for (let minute = 0; minute < 20; minute++) {
      rig.clock.advance(60_000);
      await rig.run(rig.controller.tick());
    }

    assert.equal(rig.cloud.twin, 5);
  });

  test('that cannot be placed either raises an alarm', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.change('api-fallback', {
      desiredCount: 1,
      runningCount: 0,
      messages: [{ at: rig.clock.now(), text: '(service api-fallback) was unable to place a task. Reason: Capacity is unavailable at this time.' }],
    });

    await rig.run(rig.controller.tick());

    assert.match(JSON.stringify(rig.decisions), /fallback-not-placed/);
  });
});

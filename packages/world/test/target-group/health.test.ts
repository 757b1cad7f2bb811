import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextTargetGroupWakeAt } from '@spotproof/world';
import { Driven } from './drive.ts';

// Elastic Load Balancing, "Health checks for your target groups": states, reasons, thresholds.
describe('target health', () => {
  test('a new target is initial: first registering, then being checked ("Elb.RegistrationInProgress", "Elb.InitialHealthChecking")', () => {
    const driven = new Driven();

    driven.register('a');
    assert.deepEqual([driven.target('a').state, driven.target('a').reason], ['initial', 'Elb.RegistrationInProgress']);
    driven.input({ type: 'tick', at: 30_000 });

    assert.deepEqual([driven.target('a').state, driven.target('a').reason], ['initial', 'Elb.InitialHealthChecking']);
  });

  test('one passing check puts a new target into service, whatever the healthy threshold ("it must pass one health check")', () => {
    const driven = new Driven({ healthyThreshold: 5 });
    driven.register('a');

    driven.check('a', 'passed');

    assert.deepEqual([driven.target('a').state, driven.target('a').reason], ['healthy', undefined]);
  });

  test('a new target that fails first still needs only one pass', () => {
    const driven = new Driven({ unhealthyThreshold: 3 });
    driven.register('a');

    driven.check('a', 'failed', 2);
    assert.equal(driven.target('a').state, 'initial');
    driven.check('a', 'passed');

    assert.equal(driven.target('a').state, 'healthy');
  });

  test('a new target becomes unhealthy after UnhealthyThresholdCount failures', () => {
    const driven = new Driven({ unhealthyThreshold: 2 });
    driven.register('a');

    driven.check('a', 'timed-out', 2);

    assert.deepEqual([driven.target('a').state, driven.target('a').reason], ['unhealthy', 'Target.Timeout']);
  });

  test('a healthy target needs UnhealthyThresholdCount failures in a row; one pass between them starts the count again', () => {
    const driven = new Driven({ unhealthyThreshold: 2 });
    driven.registerHealthy('a');

    driven.check('a', 'failed');
    driven.check('a', 'passed');
    driven.check('a', 'failed');
    assert.equal(driven.target('a').state, 'healthy');
    driven.check('a', 'failed');

    assert.equal(driven.target('a').state, 'unhealthy');
  });

  test('an unhealthy target needs HealthyThresholdCount passes in a row', () => {
    const driven = new Driven({ healthyThreshold: 3, unhealthyThreshold: 2 });
    driven.registerHealthy('a');
    driven.check('a', 'failed', 2);

    driven.check('a', 'passed', 2);
    driven.check('a', 'failed');
    driven.check('a', 'passed', 2);
    assert.equal(driven.target('a').state, 'unhealthy');
    driven.check('a', 'passed');

    assert.equal(driven.target('a').state, 'healthy');
  });

  test('the reason names what the last failing check found ("Target.ResponseCodeMismatch", "Target.FailedHealthChecks")', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.registerHealthy('a', 'b');

    driven.check('a', 'code-mismatch');
    driven.check('b', 'failed');

    assert.equal(driven.target('a').reason, 'Target.ResponseCodeMismatch');
    assert.equal(driven.target('b').reason, 'Target.FailedHealthChecks');
    driven.check('a', 'timed-out');
    assert.equal(driven.target('a').reason, 'Target.Timeout');
  });

  test('ELB never deregisters an unhealthy target', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.registerHealthy('a');

    driven.check('a', 'failed', 100);

    assert.equal(driven.target('a').state, 'unhealthy');
  });

  test('the result of a check that outlived its registration changes nothing', () => {
    const driven = new Driven({ deregistrationDelayMs: 1000 });
    driven.registerHealthy('a');
    const { registration } = driven.target('a');
    driven.deregister('a', 10);
    driven.input({ type: 'tick', at: 1010 });
    driven.register('a', 1020);

    driven.input({ type: 'check-ended', at: 1030, targetId: 'a', registration, result: 'passed' });

    assert.equal(driven.target('a').state, 'initial');
  });
});

describe('when checks are sent', () => {
  test('each target is checked once an interval, from its own moment within the first one', () => {
    const driven = new Driven({ healthCheckIntervalMs: 1000 });
    driven.register('a');
    const first = nextTargetGroupWakeAt(driven.group);

    const sent: number[] = [];
    for (let at = 0; at <= 5000; at = Math.max(at + 1, Math.ceil(nextTargetGroupWakeAt(driven.group)))) {
      for (const effect of driven.input({ type: 'tick', at })) {
        if (effect.type !== 'check') continue;
        sent.push(at);
        driven.check('a', 'passed', 1, at + 3);
      }
    }

    assert.ok(first >= 0 && first < 1000, `first check at ${first} ms`);
    assert.deepEqual(
      sent,
      [0, 1, 2, 3, 4].map((count) => Math.ceil(first) + count * 1000),
    );
  });

  test('targets and nodes check at different moments, the same ones for the same seed', () => {
    const phase = (node: string, target: string, seed: number): number => {
      const driven = new Driven({ node, seed });
      driven.register(target);
      return nextTargetGroupWakeAt(driven.group);
    };

    assert.notEqual(phase('node-a', 'x', 1), phase('node-b', 'x', 1));
    assert.notEqual(phase('node-a', 'x', 1), phase('node-a', 'y', 1));
    assert.notEqual(phase('node-a', 'x', 1), phase('node-a', 'x', 2));
    assert.equal(phase('node-a', 'x', 1), phase('node-a', 'x', 1));
  });

  test('no second check is sent while one is out, however late', () => {
    const driven = new Driven({ healthCheckIntervalMs: 1000 });
    driven.register('a');
    driven.input({ type: 'tick', at: 1000 });

    assert.deepEqual(driven.input({ type: 'tick', at: 60_000 }), []);
    driven.check('a', 'timed-out', 1, 60_001);

    assert.equal(nextTargetGroupWakeAt(driven.group), 60_001);
  });

  test('a draining target is not checked (inferred: a check could change nothing)', () => {
    const driven = new Driven();
    driven.registerHealthy('a');

    driven.deregister('a', 0);

    assert.deepEqual(
      driven.input({ type: 'tick', at: 200_000 }).filter((effect) => effect.type === 'check'),
      [],
    );
  });
});

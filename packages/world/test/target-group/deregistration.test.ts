import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endRequest, nextTargetGroupWakeAt } from '@spotproof/world';
import { Driven } from './drive.ts';

// Elastic Load Balancing, "Edit target group attributes": deregistration delay.
describe('deregistration', () => {
  test('a draining target gets no new request, from the moment of deregistration on', () => {
    const driven = new Driven();
    driven.registerHealthy('a', 'b');

    driven.deregister('a', 0);

    assert.deepEqual([driven.target('a').state, driven.target('a').reason], ['draining', 'Target.DeregistrationInProgress']);
    assert.deepEqual(driven.picks(3), ['b', 'b', 'b']);
  });

  test('requests in flight go on until the delay elapses, and are then cut ("HTTP 502: the deregistration delay period elapsed")', () => {
    const driven = new Driven({ deregistrationDelayMs: 1000 });
    driven.registerHealthy('a');
    driven.picks(2);
    const { registration } = driven.target('a');

    assert.equal(driven.deregister('a', 500).length, 1);
    assert.equal(nextTargetGroupWakeAt(driven.group), 1500);
    assert.deepEqual(driven.input({ type: 'tick', at: 1499 }), []);

    assert.deepEqual(driven.input({ type: 'tick', at: 1500 }), [
      { type: 'cut', targetId: 'a', registration, outstanding: 2 },
      { type: 'state-changed', targetId: 'a', registration, state: 'unused', reason: 'Target.NotRegistered' },
    ]);
    assert.equal(driven.find('a'), undefined);
  });

  test('with nothing in flight it completes at once, yet the state shows draining until the timeout', () => {
    const driven = new Driven({ deregistrationDelayMs: 1000 });
    driven.registerHealthy('a');

    const effects = driven.deregister('a', 0);

    assert.deepEqual(
      effects.map((effect) => effect.type),
      ['state-changed', 'deregistration-completed'],
    );
    driven.input({ type: 'tick', at: 999 });
    assert.equal(driven.target('a').state, 'draining');
    driven.input({ type: 'tick', at: 1000 });
    assert.equal(driven.find('a'), undefined);
  });

  test('it completes, once, when the last request in flight ends', () => {
    const driven = new Driven();
    driven.registerHealthy('a');
    driven.picks(2);
    driven.deregister('a', 0);

    assert.deepEqual(driven.end('a'), []);
    assert.deepEqual(
      driven.end('a').map((effect) => effect.type),
      ['deregistration-completed'],
    );
    assert.deepEqual(driven.end('a'), []);
  });

  test('deregistering twice neither restarts the delay nor tells anything again', () => {
    const driven = new Driven({ deregistrationDelayMs: 1000 });
    driven.registerHealthy('a');
    driven.deregister('a', 0);

    assert.deepEqual(driven.deregister('a', 900), []);

    assert.equal(nextTargetGroupWakeAt(driven.group), 1000);
  });

  test('deregistering what is not registered succeeds silently (DeregisterTargets: "returns successfully")', () => {
    const driven = new Driven();

    assert.deepEqual(driven.deregister('nobody', 0), []);
  });

  test('registering a registered target again changes nothing', () => {
    const driven = new Driven();
    driven.registerHealthy('a');

    driven.register('a', 10);

    assert.equal(driven.target('a').state, 'healthy');
    assert.equal(driven.group.targets.length, 1);
  });

  test('a draining target cannot be registered again before its delay has elapsed', () => {
    const driven = new Driven({ deregistrationDelayMs: 1000 });
    driven.registerHealthy('a');
    driven.deregister('a', 0);

    assert.deepEqual(driven.input({ type: 'register', at: 500, targetId: 'a' }), [{ type: 'registration-refused', targetId: 'a', until: 1000 }]);
    driven.input({ type: 'tick', at: 1000 });
    driven.register('a', 1000);

    assert.equal(driven.target('a').state, 'initial');
  });

  test('a request of an earlier registration that ends late is not taken off the new one', () => {
    const driven = new Driven({ deregistrationDelayMs: 0 });
    driven.registerHealthy('a');
    driven.pick();
    const { registration } = driven.target('a');
    driven.deregister('a', 0);
    driven.input({ type: 'tick', at: 0 });
    driven.registerHealthy('a');
    driven.pick();

    const { group } = endRequest(driven.group, 'a', registration);

    assert.equal(group.targets[0]?.outstanding, 1);
  });
});

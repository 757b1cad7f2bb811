import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Driven } from './drive.ts';

describe('round robin ("Routing algorithms": the default)', () => {
  test('goes through the healthy targets in order of registration', () => {
    const driven = new Driven();
    driven.registerHealthy('a', 'b', 'c');

    assert.deepEqual(driven.picks(7), ['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  test('a target that left does not make its neighbour lose a turn', () => {
    const driven = new Driven({ deregistrationDelayMs: 0 });
    driven.registerHealthy('a', 'b', 'c');
    driven.picks(2);

    driven.deregister('b', 0);
    driven.input({ type: 'tick', at: 0 });

    assert.equal(driven.find('b'), undefined);
    assert.deepEqual(driven.picks(3), ['c', 'a', 'c']);
  });
});

describe('least outstanding requests', () => {
  test('chooses the target with the fewest requests in progress', () => {
    const driven = new Driven({ algorithm: 'least_outstanding_requests' });
    driven.registerHealthy('a', 'b');
    driven.picks(4);

    driven.end('b');
    driven.end('b');

    assert.deepEqual(driven.picks(2), ['b', 'b']);
  });

  test('gives ties out in turn', () => {
    const driven = new Driven({ algorithm: 'least_outstanding_requests' });
    driven.registerHealthy('a', 'b', 'c');

    const picks = Array.from({ length: 6 }, () => {
      const picked = driven.pick();
      driven.end(picked ?? 'nobody');
      return picked;
    });

    assert.deepEqual(picks, ['a', 'b', 'c', 'a', 'b', 'c']);
  });
});

describe('which targets get requests', () => {
  test('none registered: nobody ("HTTP 503: the target group has no registered targets")', () => {
    assert.equal(new Driven().pick(), undefined);
  });

  test('initial and unhealthy ones get none while a healthy one is there', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.registerHealthy('sick', 'well');
    driven.register('new');
    driven.check('sick', 'failed');

    assert.deepEqual(driven.picks(3), ['well', 'well', 'well']);
  });

  test('fail-open: with fewer healthy ones than the minimum (default 1), the unhealthy get requests too', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.registerHealthy('a', 'b');
    driven.check('a', 'failed');
    driven.check('b', 'failed');

    assert.deepEqual(driven.picks(4), ['a', 'b', 'a', 'b']);
    assert.equal(driven.group.mode, 'fail-open');
  });

  test('fail-open starts below minimum_healthy_targets.count and ends when it is reached again', () => {
    const driven = new Driven({ unhealthyThreshold: 1, healthyThreshold: 1, minimumHealthyTargets: 2 });
    driven.registerHealthy('a', 'b', 'c');

    driven.check('a', 'failed');
    assert.deepEqual(driven.picks(2), ['b', 'c']);
    driven.check('b', 'failed');
    assert.deepEqual(driven.picks(3), ['a', 'b', 'c']);
    driven.check('b', 'passed');

    assert.deepEqual(driven.picks(2), ['b', 'c']);
  });

  test('only targets that never passed a check: they get requests, because 503 is for "no registered targets" (inferred)', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.register('new');
    assert.equal(driven.pick(), 'new');

    driven.register('sick');
    driven.check('sick', 'failed');

    assert.deepEqual(driven.picks(2), ['sick', 'sick']);
  });

  test('fail-open does not reach draining targets', () => {
    const driven = new Driven({ unhealthyThreshold: 1 });
    driven.registerHealthy('a', 'b');
    driven.check('b', 'failed');

    driven.deregister('a', 0);
    assert.deepEqual(driven.picks(2), ['b', 'b']);
    driven.deregister('b', 0);

    assert.equal(driven.pick(), undefined);
    assert.equal(driven.group.mode, 'none');
  });
});

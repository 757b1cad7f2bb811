import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endRequest, nextTargetGroupWakeAt, routeRequest, type CheckResult, type Target } from '@spotproof/world';
import { Driven } from './drive.ts';

const IDS = ['a', 'b', 'c', 'd'] as const;

const action = fc.oneof(
  fc.record({ kind: fc.constant('register' as const), id: fc.constantFrom(...IDS) }),
  fc.record({ kind: fc.constant('deregister' as const), id: fc.constantFrom(...IDS) }),
  fc.record({
    kind: fc.constant('check' as const),
    id: fc.constantFrom(...IDS),
    result: fc.constantFrom<CheckResult>('passed', 'passed', 'failed', 'timed-out', 'code-mismatch'),
  }),
  fc.record({ kind: fc.constant('request' as const) }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(50) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(700) }),
);

const options = fc.record({
  algorithm: fc.constantFrom('round_robin' as const, 'least_outstanding_requests' as const),
  healthCheckIntervalMs: fc.integer({ min: 1, max: 500 }),
  healthyThreshold: fc.integer({ min: 1, max: 4 }),
  unhealthyThreshold: fc.integer({ min: 1, max: 4 }),
  deregistrationDelayMs: fc.nat(600),
  minimumHealthyTargets: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
});

test('after any history: no draining target is chosen, outstanding counts match what is really out, and each cut names exactly those', () => {
  fc.assert(
    fc.property(options, fc.array(action, { maxLength: 120, size: 'max' }), (options, actions) => {
      const driven = new Driven(options);
      let now = 0;
      // Requests that were cut stay in the list: their ends come late and must not be taken off a later registration.
      const out: { id: string; registration: number }[] = [];
      for (const next of actions) {
        switch (next.kind) {
          case 'register':
            driven.register(next.id, now);
            break;
          case 'deregister':
            driven.deregister(next.id, now);
            break;
          case 'check':
            if (driven.find(next.id) !== undefined) driven.check(next.id, next.result, 1, now);
            break;
          case 'request': {
            const before = driven.group;
            const { group, target } = routeRequest(before);
            driven.group = group;
            if (target === undefined) {
              assert.ok(before.targets.every(({ state }) => state === 'draining'));
              break;
            }
            assert.ok(target.state !== 'draining' && target.state !== 'unused');
            const healthy = before.targets.filter(({ state }) => state === 'healthy').length;
            if (healthy >= options.minimumHealthyTargets) assert.equal(target.state, 'healthy');
            out.push({ id: target.id, registration: target.registration });
            break;
          }
          case 'end': {
            const [request] = out.splice(next.which % Math.max(1, out.length), 1);
            if (request !== undefined) driven.group = endRequest(driven.group, request.id, request.registration).group;
            break;
          }
          case 'wait':
            now += next.ms;
            for (const effect of driven.input({ type: 'tick', at: now })) {
              if (effect.type !== 'cut') continue;
              const cut = out.filter(({ registration }) => registration === effect.registration);
              assert.equal(effect.outstanding, cut.length);
            }
            break;
        }
        for (const target of driven.group.targets) {
          assert.equal(target.outstanding, out.filter(({ registration }) => registration === target.registration).length);
          assert.ok(target.drainEndsAt === undefined || target.state === 'draining');
        }
        assert.equal(new Set(driven.group.targets.map(({ id }) => id)).size, driven.group.targets.length);
      }
    }),
    { numRuns: 400 },
  );
});

test('round robin is fair: over any stretch without a change, picks of the routable targets differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(30), fc.nat(60), (targets, before, count) => {
      const driven = new Driven();
      driven.registerHealthy(...Array.from({ length: targets }, (_, index) => `t${index}`));
      driven.picks(before);

      const picked = new Map<string | undefined, number>(driven.group.targets.map(({ id }) => [id, 0]));
      for (const id of driven.picks(count)) picked.set(id, (picked.get(id) ?? 0) + 1);

      assert.ok(Math.max(...picked.values()) - Math.min(...picked.values()) <= 1);
    }),
  );
});

test('least outstanding requests never chooses a target while a routable one has fewer', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('pick' as const), fc.constantFrom('a', 'b', 'c')), { maxLength: 80, size: 'max' }), (moves) => {
      const driven = new Driven({ algorithm: 'least_outstanding_requests' });
      driven.registerHealthy('a', 'b', 'c');
      for (const move of moves) {
        if (move !== 'pick') {
          driven.end(move);
          continue;
        }
        const fewest = Math.min(...driven.group.targets.map(({ outstanding }) => outstanding));
        const { group, target } = routeRequest(driven.group);
        driven.group = group;
        assert.equal(target?.outstanding, fewest);
      }
    }),
  );
});

test('ticking only when told to finds every due moment: nothing stays overdue after a tick', () => {
  fc.assert(
    fc.property(options, fc.array(fc.nat(900), { maxLength: 30, size: 'max' }), (options, waits) => {
      const driven = new Driven(options);
      let now = 0;
      for (const id of IDS) driven.register(id, now);
      driven.deregister('a', 0);
      for (const wait of waits) {
        now += wait;
        const checks = driven.input({ type: 'tick', at: now }).filter((effect) => effect.type === 'check');
        assert.ok(nextTargetGroupWakeAt(driven.group) > now);
        for (const { targetId } of checks) driven.check(targetId, 'passed', 1, now);
      }
    }),
  );
});

test('a new target is healthy after its first pass unless it had already failed often enough', () => {
  const results = fc.array(fc.constantFrom<CheckResult>('passed', 'failed'), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(options, results, (options, results) => {
      const driven = new Driven(options);
      driven.register('a');
      let expected: Target['state'] = 'initial';
      let row = 0;
      for (const [index, result] of results.entries()) {
        row = index > 0 && results[index - 1] === result ? row + 1 : 1;
        driven.check('a', result);
        if (result === 'failed' && row >= options.unhealthyThreshold) expected = 'unhealthy';
        if (result === 'passed' && (expected !== 'unhealthy' || row >= options.healthyThreshold)) expected = 'healthy';
        assert.equal(driven.target('a').state, expected);
      }
    }),
  );
});

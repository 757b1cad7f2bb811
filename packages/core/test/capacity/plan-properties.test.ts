import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Unit } from './unit.ts';

interface Disturbance {
  readonly afterSeconds: number;
  readonly kind: 'interrupt' | 'drought' | 'spot-is-back' | 'rollout' | 'rollout-done' | 'memory-lost' | 'desired';
  readonly share: number;
}

const histories = fc.record({
  desired: fc.integer({ min: 1, max: 40 }),
  replacement: fc.constantFrom('at-notice' as const, 'after-stopped' as const),
  planEverySeconds: fc.constantFrom(1, 5, 60),
  boundShare: fc.double({ min: 0, max: 1.5, noNaN: true }),
  warmTasks: fc.integer({ min: 0, max: 2 }),
  disturbances: fc.array(
    fc.record<Disturbance>({
      afterSeconds: fc.integer({ min: 1, max: 400 }),
      kind: fc.constantFrom('interrupt', 'interrupt', 'interrupt', 'drought', 'spot-is-back', 'rollout', 'rollout-done', 'memory-lost', 'desired'),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 12 },
  ),
});

test('whatever happens, the fallback stays within its bound, a second plan changes nothing, and all ends as it began', () => {
  fc.assert(
    fc.property(histories, ({ desired, replacement, planEverySeconds, boundShare, warmTasks, disturbances }) => {
      const maxFallback = Math.max(warmTasks, Math.round(boundShare * desired));
      const unit = new Unit({ desired, replacement, planEverySeconds, capacity: { maxFallback, warmTasks } });
      const check = (): void =>
        assert.ok(unit.fallbackDesired <= maxFallback && unit.fallbackDesired >= 0, `fallback ${unit.fallbackDesired} of ${maxFallback}`);

      for (const { afterSeconds, kind, share } of disturbances) {
        unit.run(afterSeconds, check);
        if (kind === 'interrupt') unit.interrupt(Math.ceil(share * unit.desired));
        if (kind === 'drought') unit.isSpotAvailable = false;
        if (kind === 'spot-is-back') unit.isSpotAvailable = true;
        if (kind === 'rollout') unit.isRollingOut = true;
        if (kind === 'rollout-done') unit.isRollingOut = false;
        // In a shortage the scale-in that an earlier plan suspended would have to be resumed by hand if the fallback stood at its warm tasks.
        if (kind === 'memory-lost' && unit.scaleIn === 'active') unit.memory = undefined;
        if (kind === 'desired') unit.desired = Math.max(1, Math.round(share * desired));
        unit.plan();
        assert.deepEqual(unit.plan(), [], 'a doubled event changes nothing');
      }
      unit.isSpotAvailable = true;
      unit.isRollingOut = false;
      // Longest wait that relapses can lead to, the time a lower count takes to be believed, and forty steps of release.
      unit.run(3_600 + 900 + 40 * 60 + 600, check);

      for (const { action, serving, target } of unit.done) {
        if (action.type !== 'set-fallback' || action.why !== 'release') continue;
        assert.ok(serving + action.count >= target, `released ${action.previous} to ${action.count} with ${serving} of ${target} serving`);
      }
      assert.equal(unit.fallbackDesired, warmTasks);
      assert.equal(unit.memory?.state, 'NORMAL');
      assert.equal(unit.scaleIn, 'active');
      assert.equal(unit.serving, unit.desired);
    }),
    { numRuns: 500 },
  );
});

test('a shortage is always covered up to the bound within one plan', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom('at-notice' as const, 'after-stopped' as const),
      (desired, taken, replacement) => {
        const unit = new Unit({ desired, replacement, planEverySeconds: 1, capacity: { maxFallback: desired } });
        unit.isSpotAvailable = false;
        unit.interrupt(Math.min(taken, desired));
        unit.plan();

        assert.ok(unit.serving + unit.fallbackDesired >= desired, `${unit.serving} serving and ${unit.fallbackDesired} of fallback for ${desired}`);
      },
    ),
  );
});

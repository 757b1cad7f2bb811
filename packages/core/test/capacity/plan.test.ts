import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CapacityMemory, type CapacityObservation, type CapacityOptions, plan } from '@spotproof/core/capacity';
import { Unit } from './unit.ts';

const OPTIONS: CapacityOptions = { maxFallback: 100 };

void describe('the fallback', () => {
  test('carries what is missing and not on its way, and no more', () => {
    const { actions, memory } = plan(observed({ primary: { serving: 90, young: 4, onSpot: 90 } }), undefined, OPTIONS);

    assert.deepEqual(actions, [{ type: 'set-fallback', count: 6, previous: 0, why: 'deficit' }, { type: 'suspend-scale-in' }]);
    assert.equal(memory.state, 'RAISING');
  });

  test('stays away when ECS replaces by itself', () => {
    const { actions, memory } = plan(observed({ primary: { serving: 90, young: 10 } }), undefined, OPTIONS);

    assert.deepEqual(actions, []);
    assert.equal(memory.state, 'NORMAL');
  });

  test('is not fooled by tasks that are started again and again and never serve', () => {
    const short = observed({ primary: { serving: 0, young: 100 }, scaleIn: 'none' });
    const first = plan(short, undefined, OPTIONS);
    const later = plan({ ...short, at: 240_000 }, first.memory, OPTIONS);

    assert.deepEqual(first.actions, []);
    assert.deepEqual(later.actions, [{ type: 'set-fallback', count: 100, previous: 0, why: 'deficit' }]);
  });

  test('never exceeds its bound, and says once that it is not enough', () => {
    const bound = { maxFallback: 10 };
    const short = observed({ primary: { serving: 50 }, fallback: { desired: 10 }, scaleIn: 'none' });
    const first = plan(short, undefined, bound);
    const second = plan(short, first.memory, bound);

    assert.deepEqual(first.actions, [{ type: 'alarm', code: 'fallback-at-bound', missing: 40 }]);
    assert.equal(first.memory.state, 'EXHAUSTED');
    assert.deepEqual([second.actions, second.memory.state], [[], 'EXHAUSTED']);
  });

  test('that cannot be placed either is an alarm', () => {
    const short = observed({ primary: { serving: 50 }, fallback: { desired: 50, placementFailed: true }, scaleIn: 'none' });

    assert.deepEqual(plan(short, undefined, OPTIONS).actions, [{ type: 'alarm', code: 'fallback-not-placed', missing: 50 }]);
  });

  test('keeps its warm tasks through rest and release', () => {
    const warm = { maxFallback: 100, warmTasks: 2 };

    assert.deepEqual(plan(observed({}), undefined, warm).actions, [{ type: 'set-fallback', count: 2, previous: 0, why: 'deficit' }]);
    assert.deepEqual(plan(observed({ fallback: { desired: 2 } }), undefined, warm).actions, []);
  });
});

void describe('a mass reclaim', () => {
  const storm = { serving: 80, onSpot: 80, interruptedLately: 20 };

  test('asks for all of Spot at once when nothing comes back', () => {
    const { actions } = plan(observed({ primary: storm, scaleIn: 'none' }), undefined, OPTIONS);

    assert.deepEqual(actions, [{ type: 'set-fallback', count: 100, previous: 0, why: 'burst' }]);
  });

  test('asks for the deficit alone while Spot gives replacements', () => {
    const { actions } = plan(observed({ primary: { ...storm, young: 15 }, scaleIn: 'none' }), undefined, OPTIONS);

    assert.deepEqual(actions, [{ type: 'set-fallback', count: 5, previous: 0, why: 'deficit' }]);
  });

  test('is not seen in one interruption of a small service', () => {
    const small = { desired: 4, serving: 3, onSpot: 3, interruptedLately: 1 };

    assert.deepEqual(plan(observed({ primary: small, scaleIn: 'none' }), undefined, OPTIONS).actions, [
      { type: 'set-fallback', count: 1, previous: 0, why: 'deficit' },
    ]);
  });
});

void describe('the release', () => {
  test('begins only when the primary has been at strength for long enough, and goes down in steps', () => {
    const unit = new Unit({ desired: 20, replacement: 'at-notice', capacity: OPTIONS, planEverySeconds: 60 });
    unit.isSpotAvailable = false;
    unit.interrupt(20);
    unit.run(300);
    const raised = unit.fallbackDesired;
    unit.isSpotAvailable = true;
    unit.run(1_800);

    const steps = unit.done.flatMap(({ action, second }) =>
      action.type === 'set-fallback' && action.why === 'release' ? [{ count: action.count, second }] : [],
    );
    assert.equal(raised, 20);
    assert.ok((steps[0]?.second ?? 0) >= 300 + 300, 'at least 300 s after Spot is back');
    assert.deepEqual(
      steps.map(({ count }) => count),
      [14, 9, 5, 2, 0],
    );
    assert.ok(steps.every((step, index) => index === 0 || step.second - (steps[index - 1]?.second ?? 0) >= 60));
    assert.equal(unit.memory?.state, 'NORMAL');
    assert.equal(unit.scaleIn, 'active');
  });

  test('never lets go of a task that nobody stands in for yet', () => {
    const settled: CapacityMemory = { ...remembered(), state: 'RELEASING', stableSince: 0 };
    const { actions } = plan(observed({ at: 600_000, primary: { serving: 92, young: 8 }, fallback: { desired: 8 } }), settled, OPTIONS);

    assert.deepEqual(actions, [{ type: 'suspend-scale-in' }]);
  });

  for (const [name, change] of [
    ['a deployment of the primary', { primary: { isRollingOut: true } }],
    ['a deployment of the fallback', { fallback: { desired: 10, isRollingOut: true } }],
    ['a pause', { paused: true }],
  ] as const) {
    test(`waits for the end of ${name}, which does not hinder a raise`, () => {
      const settled: CapacityMemory = { ...remembered(), state: 'RELEASING', stableSince: 0, releasedAt: 1 };
      const frozen = observed({ at: 600_000, fallback: { desired: 10 }, scaleIn: 'none', ...change });
      const short = { ...frozen, primary: { ...frozen.primary, serving: 50 } };

      const held = plan(frozen, settled, OPTIONS);
      assert.deepEqual([held.actions, held.memory.state], [[], 'FROZEN']);
      assert.deepEqual(plan(short, settled, OPTIONS).actions, [{ type: 'set-fallback', count: 50, previous: 10, why: 'deficit' }]);
    });
  }

  test('waits twice as long after a relapse during a release, and half of that again after six quiet hours', () => {
    const released: CapacityMemory = { ...remembered(), state: 'RELEASING', stableSince: 0, releasedAt: 0 };
    const relapsed = plan(observed({ at: 60_000, primary: { serving: 50 }, fallback: { desired: 20 } }), released, OPTIONS).memory;
    const calm = plan(observed({ at: 60_000 + 6 * 3_600_000 }), relapsed, OPTIONS).memory;

    assert.equal(relapsed.stableForMs, 600_000);
    assert.equal(calm.stableForMs, 300_000);
  });

  test('of a fallback that nobody remembers is only later', () => {
    const found = observed({ fallback: { desired: 40 }, scaleIn: 'suspended' });
    const first = plan(found, undefined, OPTIONS);
    const later = plan({ ...found, at: 300_000 }, first.memory, OPTIONS);

    assert.deepEqual([first.actions, first.memory.state], [[], 'SETTLING']);
    assert.deepEqual(later.actions, [{ type: 'set-fallback', count: 29, previous: 40, why: 'release' }]);
  });
});

void describe('Application Auto Scaling', () => {
  // It starts a step from the running count, so in an outage it lowers the desired count although nobody wants less.
  test('that lowers the desired count in an outage does not lower the target', () => {
    const entered = plan(observed({ primary: { serving: 40 } }), undefined, OPTIONS);
    const lowered = observed({ at: 30_000, primary: { desired: 40, serving: 40 }, fallback: { desired: 60 } });

    assert.equal(plan(lowered, entered.memory, OPTIONS).figures.deficit, 60);
  });

  test('is believed when the lower count has lasted', () => {
    const entered = plan(observed({ primary: { serving: 40 } }), undefined, OPTIONS);
    const lowered = observed({ at: 30_000, primary: { desired: 40, serving: 40 }, fallback: { desired: 60 }, scaleIn: 'suspended' });
    const later = plan({ ...lowered, at: 16 * 60_000 }, plan(lowered, entered.memory, OPTIONS).memory, OPTIONS);

    assert.deepEqual([later.figures.target, later.memory.state], [40, 'SETTLING']);
  });

  test('is not resumed when it was not a plan that suspended it', () => {
    assert.deepEqual(plan(observed({ scaleIn: 'suspended' }), undefined, OPTIONS).actions, []);
  });

  test('without a scalable target, a lower desired count is meant', () => {
    const entered = plan(observed({ primary: { serving: 40 }, scaleIn: 'none' }), undefined, OPTIONS);
    const lowered = observed({ at: 30_000, primary: { desired: 40, serving: 40 }, fallback: { desired: 60 }, scaleIn: 'none' });

    assert.equal(plan(lowered, entered.memory, OPTIONS).figures.deficit, 0);
  });
});

interface Changes extends Partial<Omit<CapacityObservation, 'primary' | 'fallback'>> {
  readonly primary?: Partial<CapacityObservation['primary']>;
  readonly fallback?: Partial<CapacityObservation['fallback']>;
}

/** A service of 100 tasks at strength, but for these. */
function observed({ primary, fallback, ...rest }: Changes): CapacityObservation {
  return {
    at: 0,
    paused: false,
    scaleIn: 'active',
    ...rest,
    primary: { desired: 100, serving: 100, young: 0, onSpot: 100, interruptedLately: 0, startedLately: 0, isRollingOut: false, ...primary },
    fallback: { desired: 0, isRollingOut: false, placementFailed: false, ...fallback },
  };
}

function remembered(): CapacityMemory {
  return {
    state: 'FALLBACK',
    held: { target: 100, at: 0 },
    shortSince: undefined,
    stableSince: undefined,
    stableForMs: 300_000,
    raisedAt: 0,
    releasedAt: undefined,
    progress: undefined,
    suspendedScaleIn: false,
  };
}

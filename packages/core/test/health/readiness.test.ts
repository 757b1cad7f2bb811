import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  initialReadiness,
  readinessStep,
  viewReadiness,
  type ReadinessInput,
  type ReadinessRules,
  type ReadinessState,
} from '@spotproof/core/health';

const RULES: ReadinessRules = {
  checks: [
    { name: 'database', required: true, shared: true },
    { name: 'cache', required: false, shared: false },
  ],
  timeoutMs: 1_000,
  cacheMs: 500,
};

void describe('readiness', () => {
  test('a task without required checks is ready before anything ran', () => {
    const rules = { ...RULES, checks: RULES.checks.filter(({ required }) => !required) };

    assert.equal(viewReadiness(rules, initialReadiness(rules), 0).status, 'ready');
  });

  test('a task is starting until every required check has passed once, and not ready when one fails later', () => {
    const asked = after({ type: 'asked', at: 0 });
    const failed = after({ type: 'asked', at: 0 }, { type: 'finished', at: 10, name: 'database', passed: false, error: 'refused' });
    const passed = [...failed.inputs, { type: 'asked', at: 600 }, { type: 'finished', at: 610, name: 'database', passed: true }] as const;
    const sick = after(...passed, { type: 'asked', at: 1_200 }, { type: 'finished', at: 1_210, name: 'database', passed: false, error: 'gone' });

    assert.equal(asked.view(0).status, 'starting');
    assert.deepEqual(failed.view(10).reasons, ['database failed: refused']);
    assert.equal(failed.view(10).status, 'starting');
    assert.equal(after(...passed).view(610).status, 'ready');
    assert.equal(sick.view(1_210).status, 'not-ready');
    assert.deepEqual(sick.view(1_210).reasons, ['database failed: gone']);
  });

  test('a check that is not required is shown and decides nothing', () => {
    const { view } = after(
      { type: 'asked', at: 0 },
      { type: 'finished', at: 5, name: 'database', passed: true },
      { type: 'finished', at: 6, name: 'cache', passed: false, error: 'cold' },
    );

    assert.equal(view(6).status, 'ready');
    assert.deepEqual(view(6).checks['cache'], { status: 'fail', required: false, shared: false, durationMs: 6, ageMs: 0, error: 'cold' });
  });

  test('a result is used again while it is younger than cacheMs, counted from its end', () => {
    const checked = after({ type: 'asked', at: 0 }, { type: 'finished', at: 100, name: 'database', passed: true });

    assert.deepEqual(checked.run({ type: 'asked', at: 599 }), []);
    assert.deepEqual(checked.run({ type: 'asked', at: 600 }), ['database']);
  });

  test('a check that hangs is named once its time is over, is not run twice, and nobody waits for it again', () => {
    const hanging = after({ type: 'asked', at: 0 }, { type: 'finished', at: 1, name: 'cache', passed: true });

    assert.equal(hanging.view(500).settlesAt, 1_000);
    assert.deepEqual(hanging.view(1_000).reasons, ['database did not answer within 1.0 s']);
    assert.equal(hanging.view(1_000).settlesAt, undefined);
    assert.deepEqual(hanging.run({ type: 'asked', at: 90_000 }), ['cache']);
    const later = hanging.view(90_000).checks['database'];
    assert.equal(later?.status, 'timed-out');
    assert.equal(later?.error, 'no answer for 90.0 s');
  });

  test('an answer that comes too late counts as a failure, and the check is run again', () => {
    const late = after({ type: 'asked', at: 0 }, { type: 'finished', at: 5_000, name: 'database', passed: true });

    assert.equal(late.view(5_000).checks['database']?.status, 'timed-out');
    assert.equal(late.view(5_000).status, 'starting');
    assert.deepEqual(late.run({ type: 'asked', at: 5_600 }), ['database']);
  });

  test('under any history no check runs twice at a time, an answer is waited for at most timeoutMs, and started never goes back', () => {
    const input = fc.record({ gapMs: fc.nat(1_500), what: fc.constantFrom('asked', 'database', 'cache', 'stranger'), passed: fc.boolean() });

    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (history) => {
        let state = initialReadiness(RULES);
        let at = 0;
        const running = new Set<string>();
        for (const { gapMs, what, passed } of history) {
          at += gapMs;
          const wasStarted = state.started;
          const step = readinessStep(RULES, state, what === 'asked' ? { type: 'asked', at } : { type: 'finished', at, name: what, passed });
          for (const name of step.run) assert.ok(!running.has(name) && running.add(name), `${name} ran twice`);
          if (what !== 'asked') running.delete(what);
          ({ state } = step);
          const view = viewReadiness(RULES, state, at);
          assert.ok(!wasStarted || state.started);
          assert.ok(view.settlesAt === undefined || (view.settlesAt > at && view.settlesAt <= at + RULES.timeoutMs));
          assert.equal(view.status === 'ready', view.reasons.length === 0);
          assert.deepEqual(Object.keys(view.checks), ['database', 'cache']);
        }
      }),
    );
  });
});

function after(...inputs: readonly ReadinessInput[]) {
  const state = inputs.reduce<ReadinessState>((before, input) => readinessStep(RULES, before, input).state, initialReadiness(RULES));
  return {
    inputs,
    view: (at: number) => viewReadiness(RULES, state, at),
    run: (input: ReadinessInput) => readinessStep(RULES, state, input).run,
  };
}

import type { Deregistration } from '@spotproof/world';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptOnce, type VirtualLabOptions } from './virtual-lab.ts';

const SEEDS = 12;

interface Series {
  readonly name: string;
  readonly lost: number;
  readonly runsWithLoss: number;
  readonly killed: number;
}

function series(name: string, options: Omit<VirtualLabOptions, 'seed'>): Series {
  const outcomes = Array.from({ length: SEEDS }, (_, seed) => interruptOnce({ ...options, seed }));
  return {
    name,
    lost: outcomes.reduce((sum, outcome) => sum + outcome.lost, 0),
    runsWithLoss: outcomes.filter((outcome) => outcome.lost > 0).length,
    killed: outcomes.filter((outcome) => outcome.killed).length,
  };
}

const BASE = { tasks: 3, nodes: 2, maxNodeLagMs: 0, healthCheckIntervalMs: 5_000, policy: 'drain' } as const;
const after = (seconds: number): Deregistration => ({ kind: 'after-sigterm', delayMs: seconds * 1_000 });
const never: Deregistration = { kind: 'never' };

for (const ratePerSecond of [60, 1.5]) {
  for (const [stopTimeoutMs, deregistrations] of [
    [30_000, [after(0), after(3), after(9), after(11)]],
    [120_000, [after(0), after(3), after(9), after(11), after(20), never]],
  ] as const) {
    for (const deregistration of deregistrations) {
      const when = deregistration.kind === 'after-sigterm' ? `${deregistration.delayMs / 1_000} s after SIGTERM` : 'never';
      test(`at ${ratePerSecond} requests/s, deregistered ${when}, a stop timeout of ${stopTimeoutMs / 1_000} s loses nothing`, () => {
        const result = series(when, { ...BASE, ratePerSecond, stopTimeoutMs, deregistration });

        assert.deepEqual({ lost: result.lost, killed: result.killed }, { lost: 0, killed: 0 });
      });
    }
  }
}

for (const profile of ['current', 'late', 'worst'] as const) {
  test(`the profile ${profile} with nodes that lag up to 5 s loses nothing within 120 s`, () => {
    const result = series(profile, {
      ...BASE,
      ratePerSecond: 60,
      maxNodeLagMs: 5_000,
      stopTimeoutMs: 120_000,
      deregistration: { kind: 'profile', profile },
    });

    assert.equal(result.lost, 0);
  });
}

test('the model condemns a process that closes its listener at once', () => {
  const result = series('close at once', { ...BASE, policy: 'close-at-once', ratePerSecond: 60, stopTimeoutMs: 30_000, deregistration: after(3) });

  assert.equal(result.runsWithLoss, SEEDS);
});

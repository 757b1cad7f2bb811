import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deliveryProfile, type Replacement } from '@spotproof/world';
import { play, type Score } from './arena.ts';
import { MASS_RECLAIM_WITH_DROUGHT, type Scenario, storms } from './scenarios.ts';
import { flipStrategy, incrementOnEvent, levelTriggered, type StrategyMaker } from './strategies.ts';

/** ECS may start a replacement at the notice or only when the task is STOPPED: both readings must do. */
const BOTH: readonly Replacement[] = ['at-notice', 'after-stopped'];
/** A sample; `npm run soak -- capacity` plays a thousand. */
const SEEDS = [1, 2, 3];

for (const replacement of BOTH) {
  void describe(`with replacements ${replacement}`, () => {
    test('500 of 500 tasks taken in a minute with no Spot for twenty cost at most 320 task-minutes, and the twin is gone in the end', () => {
      const scores = playAll(MASS_RECLAIM_WITH_DROUGHT, replacement, () => levelTriggered());

      assert.ok(median(scores.map((score) => score.shortfallTaskMinutes)) <= 320, JSON.stringify(scores));
      for (const score of scores) {
        assert.deepEqual([score.endFallback, score.endDesired, score.endStrategy], [0, 500, 'FARGATE_SPOT']);
        assert.ok(score.mostUpdatesInAMinute <= 60 && score.throttled === 0, JSON.stringify(score));
      }
    });

    for (const count of [7, 3]) {
      test(`${count} storms of 25 with Spot to be had cost at most 20 extra task-hours`, () => {
        for (const score of playAll(storms(count, 25), replacement, () => levelTriggered(), [1])) {
          assert.ok(score.extraTaskHours <= 20, JSON.stringify(score));
          assert.deepEqual([score.endFallback, score.endDesired], [0, 500]);
        }
      });
    }

    for (const profile of ['lossy', 'silent'] as const) {
      test(`the twin comes and goes although events are ${profile}`, () => {
        const scenario = { ...MASS_RECLAIM_WITH_DROUGHT, delivery: deliveryProfile(profile, 0) };
        for (const score of playAll(scenario, replacement, () => levelTriggered(), [1])) {
          assert.ok(score.shortfallTaskMinutes < 1_000, JSON.stringify(score));
          assert.equal(score.endFallback, 0);
        }
      });
    }
  });
}

void describe('the ideas of public samples fail as they do on AWS', () => {
  test('a count that goes up with each event stays up, and the shortage stays', () => {
    const [score] = playAll(MASS_RECLAIM_WITH_DROUGHT, 'at-notice', incrementOnEvent, [1]);

    assert.ok((score?.endDesired ?? 0) > 500 && (score?.shortfallTaskMinutes ?? 0) > 9_000, JSON.stringify(score));
  });

  test('a flipped strategy never comes back to Spot', () => {
    const [score] = playAll(MASS_RECLAIM_WITH_DROUGHT, 'at-notice', flipStrategy, [1]);

    assert.equal(score?.endStrategy, 'FARGATE');
  });
});

function playAll(scenario: Scenario, replacement: Replacement, make: StrategyMaker, seeds = SEEDS): readonly Score[] {
  return seeds.map((seed) => play({ ...scenario, seed, replacement }, make()));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { parseUnits } from '@spotproof/controller';

const GOOD = { cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 10 };

test('a unit is read with its times in seconds', () => {
  const [unit] = parseUnits([{ ...GOOD, stableForSeconds: 60, launchGraceSeconds: 90, burstShare: 0.2, warmTasks: 1, dryRun: true }]);

  assert.deepEqual(unit, {
    cluster: 'web',
    primary: 'api',
    fallback: { kind: 'twin', service: 'api-fallback' },
    capacity: { maxFallback: 10, warmTasks: 1, launchGraceMs: 90_000, stableForMs: 60_000, releaseIntervalMs: undefined, burstShare: 0.2 },
    dryRun: true,
  });
});

void describe('what is wrong with units is named with its place', () => {
  for (const [name, value, expected] of [
    ['no list', {}, /units must be a list of one or more units, got \{\}/],
    ['an empty list', [], /units must be a list of one or more/],
    ['a unit that is a text', ['web'], /units\[0\] must be an object, got "web"/],
    ['a mistyped option', [{ ...GOOD, maxFalback: 3 }], /units\[0\]\.maxFalback must be one of cluster, primary/],
    [
      'no bound',
      [{ ...GOOD, maxFallback: undefined }],
      /units\[0\]\.maxFallback must be how many tasks of fallback there may be at most, got nothing/,
    ],
    ['a bound below zero', [{ ...GOOD, maxFallback: -1 }], /units\[0\]\.maxFallback must be a number from 0 to 5000, got -1/],
    ['more warm tasks than the bound', [{ ...GOOD, warmTasks: 11 }], /warmTasks must be a number from 0 to 10, got 11/],
    ['an ARN', [{ ...GOOD, primary: 'arn:aws:ecs:x:1:service/web/api' }], /primary must be a name of up to 255/],
    ['a service that stands in for itself', [{ ...GOOD, twin: 'api' }], /services that are named once, got "web\/api"/],
    ['neither a twin nor a minimum', [{ ...GOOD, twin: undefined }], /units\[0\] must be an object with either twin or minCapacity/],
    ['both a twin and a minimum', [{ ...GOOD, minCapacity: 2 }], /units\[0\] must be an object with either twin or minCapacity/],
    ['half a task', [{ ...GOOD, warmTasks: 0.5 }], /warmTasks must be a whole number/],
  ] as const) {
    test(name, () => {
      assert.throws(
        () => parseUnits(value),
        (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && expected.test(String(error)),
      );
    });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { Driven } from './drive.ts';

for (const [option, value] of [
  ['healthCheckIntervalMs', 0],
  ['healthyThreshold', 0],
  ['unhealthyThreshold', 1.5],
  ['deregistrationDelayMs', -1],
  ['deregistrationDelayMs', Number.NaN],
  ['minimumHealthyTargets', 0],
] as const) {
  test(`${option} of ${value} is refused by name and value`, () => {
    assert.throws(
      () => new Driven({ [option]: value }),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && String(error).includes(option) && String(error).includes(String(value)),
    );
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isSpotproofError } from '@spotproof/core';
import { healthCheckNumbers, sharedCheckWarning, type HealthCheckFacts } from '@spotproof/core/health';

const NUMBERS = ['intervalSeconds', 'timeoutSeconds', 'healthyThreshold', 'unhealthyThreshold', 'gracePeriodSeconds'] as const;

void describe('numbers for health checks', () => {
  test('the default stop timeout needs the fastest checks there are, a long one does not', () => {
    assert.deepEqual(values({ bootMs: 4_000, longestRequestMs: 2_000, stopTimeoutMs: 30_000 }), [5, 2, 2, 2, 15]);
    assert.deepEqual(values({ bootMs: 40_000, longestRequestMs: 2_000, stopTimeoutMs: 120_000 }), [10, 5, 2, 2, 95]);
  });

  test('where failing checks cannot stop the traffic in time, it says so', () => {
    const { removalSeconds, warnings } = healthCheckNumbers({ bootMs: 0, longestRequestMs: 15_000, stopTimeoutMs: 30_000 });

    assert.equal(removalSeconds, 12);
    assert.match(warnings.join('\n'), /need 12 s .* leaves 10\.5 s/);
  });

  test('a request that no drain can save is named, with what helps', () => {
    const raise = healthCheckNumbers({ bootMs: 0, longestRequestMs: 40_000, stopTimeoutMs: 30_000 });
    const resume = healthCheckNumbers({ bootMs: 0, longestRequestMs: 300_000, stopTimeoutMs: 120_000 });

    assert.match(raise.warnings.join('\n'), /40 s cannot be saved .* Raise stopTimeout/);
    assert.match(resume.warnings.join('\n'), /300 s cannot be saved .* resumable/);
  });

  test('every number lies in the range of AWS, the timeout below the interval, and the grace period covers the boot', () => {
    const facts = fc.record({
      bootMs: fc.nat(3_600_000),
      longestRequestMs: fc.nat(3_600_000),
      stopTimeoutMs: fc.integer({ min: 1_000, max: 3_600_000 }),
    });

    fc.assert(
      fc.property(facts, (given) => {
        const numbers = healthCheckNumbers(given);
        for (const name of NUMBERS) {
          const { value, range } = numbers[name];
          assert.ok(Number.isInteger(value) && value >= range[0] && value <= range[1], `${name} is ${value}`);
        }
        assert.ok(numbers.timeoutSeconds.value < numbers.intervalSeconds.value);
        assert.ok(numbers.gracePeriodSeconds.value * 1_000 > given.bootMs);
      }),
    );
  });

  test('a fact out of range is refused by name', () => {
    for (const [bad, name] of [
      [{ bootMs: -1 }, 'bootMs'],
      [{ longestRequestMs: Number.NaN }, 'longestRequestMs'],
      [{ stopTimeoutMs: 30 }, 'stopTimeoutMs'],
    ] as const) {
      assert.throws(
        () => healthCheckNumbers({ bootMs: 0, longestRequestMs: 0, stopTimeoutMs: 30_000, ...bad }),
        (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.startsWith(name),
      );
    }
  });
});

void describe('the warning about what all tasks share', () => {
  test('it names the checks that are both shared and required, and is silent about all others', () => {
    const check = (name: string, required: boolean, shared: boolean) => ({ name, required, shared });

    assert.equal(sharedCheckWarning([check('a', true, false), check('b', false, true)]), undefined);
    assert.match(sharedCheckWarning([check('a', true, false), check('database', true, true)]) ?? '', /depends on "database", which all tasks share/);
  });
});

function values(facts: HealthCheckFacts): readonly number[] {
  const numbers = healthCheckNumbers(facts);
  return NUMBERS.map((name) => numbers[name].value);
}

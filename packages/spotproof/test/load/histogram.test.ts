import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../src/load/histogram.ts';

const durations = fc.array(fc.double({ min: 0, max: 2_000_000, noNaN: true }), { minLength: 1, maxLength: 200 });

test('a quantile is never below the exact one, and at most 0.8 % and a microsecond above it', () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
      const histogram = histogramOf(values);

      const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(fraction * values.length)) - 1] ?? Number.NaN;
      const estimate = histogram.quantile(fraction);

      assert.ok(estimate >= exact, `${estimate} is below ${exact}`);
      assert.ok(estimate <= exact * 1.008 + 0.001, `${estimate} is too far above ${exact}`);
    }),
  );
});

test('merging is the same as having recorded everything in one histogram', () => {
  fc.assert(
    fc.property(durations, durations, (first, second) => {
      const merged = histogramOf(first);
      merged.merge(histogramOf(second));

      const together = histogramOf([...first, ...second]);

      assert.equal(merged.count, together.count);
      assert.equal(merged.minMs, together.minMs);
      assert.equal(merged.maxMs, together.maxMs);
      for (const fraction of [0, 0.5, 0.9, 0.99, 1]) assert.equal(merged.quantile(fraction), together.quantile(fraction));
    }),
  );
});

test('the highest quantile is the exact maximum, also beyond the range', () => {
  assert.equal(histogramOf([1, 2, 7.123456]).quantile(1), 7.123456);
  assert.equal(histogramOf([9_000_000]).quantile(1), 9_000_000);
});

test('a negative duration counts as zero', () => {
  const histogram = histogramOf([-3, 5]);

  assert.equal(histogram.minMs, 0);
  assert.equal(histogram.meanMs, 2.5);
});

test('an empty histogram has no figures rather than good ones', () => {
  const histogram = new Histogram();

  assert.deepEqual([histogram.quantile(0.99), histogram.maxMs, histogram.minMs, histogram.meanMs], [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

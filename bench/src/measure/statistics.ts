/** The value below which `share` (0 to 1) of the values lie, with linear interpolation; NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median with a 95 % interval by the percentile bootstrap. Resampling is seeded, so that the same measurements print the same interval.
 */
export function bootstrapMedian(values: readonly number[], resamples = 4_000): Interval {
  const next = seededIndex(values.length);
  const medians = Array.from({ length: resamples }, () => median(values.map(() => values[next()] ?? Number.NaN)));
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** Whole numbers below `size` from a 32-bit linear congruential generator (Numerical Recipes' constants): enough to pick samples. */
function seededIndex(size: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * size);
  };
}

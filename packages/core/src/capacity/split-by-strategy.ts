/** One item of a capacity provider strategy (ECS API reference, CapacityProviderStrategyItem). Unset numbers are 0. */
export interface StrategyItem<Provider extends string> {
  readonly capacityProvider: Provider;
  readonly weight?: number;
  readonly base?: number;
}

/** A share of the tasks of a service. */
export interface StrategyShare<Provider extends string> {
  readonly provider: Provider;
  readonly count: number;
}

/**
 * How `desiredCount` tasks are split: the base first, then the rest by the ratio of the weights (API type CapacityProviderStrategyItem). AWS does not
 * say how a remainder is rounded: here each next task goes to the provider that is furthest below its share, and to the earlier item when they are equal.
 */
export function splitByStrategy<Provider extends string>(
  strategy: readonly StrategyItem<Provider>[],
  desiredCount: number,
): readonly StrategyShare<Provider>[] {
  const based = strategy.map(({ base = 0 }) => base);
  let left = desiredCount;
  const counts = based.map((base) => {
    const count = Math.min(base, left);
    left -= count;
    return count;
  });
  const weights = strategy.map(({ weight = 0 }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total > 0) {
    // Whole rounds of the ratio at once, so that ten thousand tasks cost no more than a few.
    const rounds = Math.floor(left / total);
    const extra = weights.map((weight) => weight * rounds);
    left -= rounds * total;
    for (; left > 0; left--) {
      const next = furthestBelow(weights, extra);
      extra[next] = (extra[next] ?? 0) + 1;
    }
    return strategy.map(({ capacityProvider }, index) => ({ provider: capacityProvider, count: (counts[index] ?? 0) + (extra[index] ?? 0) }));
  }
  return strategy.map(({ capacityProvider }, index) => ({ provider: capacityProvider, count: counts[index] ?? 0 }));
}

function furthestBelow(weights: readonly number[], counts: readonly number[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  weights.forEach((weight, index) => {
    const filled = weight === 0 ? Number.POSITIVE_INFINITY : ((counts[index] ?? 0) + 1) / weight;
    if (filled < least) {
      best = index;
      least = filled;
    }
  });
  return best;
}

import { splitByStrategy, type StrategyShare } from '@spotproof/core/capacity';

/** Where Fargate tasks run: On-Demand or Spot. Neither ever stands in for the other. */
export type CapacityProvider = 'FARGATE' | 'FARGATE_SPOT';

/** One item of a `capacityProviderStrategy` (API type CapacityProviderStrategyItem). */
export interface CapacityProviderStrategyItem {
  readonly capacityProvider: CapacityProvider;
  /** The provider's share of the tasks above the base, 0 to 1000. Unset is 0, which places nothing. */
  readonly weight?: number;
  /** How many tasks, at a minimum, run on this provider, 0 to 100,000. Only one item may have one. */
  readonly base?: number;
}

/** A share of the tasks of a service. */
export type ProviderShare = StrategyShare<CapacityProvider>;

export { splitByStrategy };

/** What AWS says to a strategy that it does not take, or undefined for one that it does (CreateService, CapacityProviderStrategyItem). */
export function strategyProblem(strategy: readonly CapacityProviderStrategyItem[], associated: readonly CapacityProvider[]): string | undefined {
  if (strategy.length > 20) return 'A capacity provider strategy can contain a maximum of 20 capacity providers.';
  for (const { capacityProvider, weight = 0, base = 0 } of strategy) {
    if (!associated.includes(capacityProvider)) return `The specified capacity provider '${capacityProvider}' is not associated with the cluster.`;
    if (!(Number.isInteger(weight) && weight >= 0 && weight <= 1000)) return 'The weight of a capacity provider must be between 0 and 1000.';
    if (!(Number.isInteger(base) && base >= 0 && base <= 100_000)) return 'The base of a capacity provider must be between 0 and 100000.';
  }
  if (new Set(strategy.map((item) => item.capacityProvider)).size < strategy.length) return 'A capacity provider may appear only once in a strategy.';
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) return 'Only one capacity provider in a strategy can have a base value.';
  if (strategy.length > 0 && strategy.every(({ weight = 0 }) => weight === 0))
    return 'At least one capacity provider in a strategy must have a weight greater than 0.';
  return undefined;
}

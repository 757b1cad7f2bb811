import { configOf, type CapacityProvider, type CapacityProviderStrategyItem } from '@spotproof/world';
import type { Subnets } from '../subnets.ts';
import { CloudFault } from '../wire/fault.ts';
import type { Cluster } from './cluster.ts';

export interface StrategyItemInput {
  readonly capacityProvider: string;
  readonly weight?: number;
  readonly base?: number;
}

export interface NetworkInput {
  readonly awsvpcConfiguration?: { readonly subnets: readonly string[] };
}

export interface LaunchInput {
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly StrategyItemInput[];
}

/** Where tasks are to run, by what a call says. @throws {CloudFault} for what Fargate cannot do. */
export function launchOf(
  cluster: Cluster,
  { launchType, capacityProviderStrategy = [] }: LaunchInput,
): { readonly launchType?: 'FARGATE'; readonly strategy: readonly CapacityProviderStrategyItem[] | undefined } {
  if (launchType !== undefined && capacityProviderStrategy.length > 0)
    throw new CloudFault(
      'InvalidParameterException',
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  const given = strategyOf(capacityProviderStrategy);
  if (given.length > 0) return { strategy: given };
  const { cluster: config } = configOf(cluster.world.state);
  const isDefault = launchType === undefined && config.defaultCapacityProviderStrategy.length > 0;
  if (isDefault) return { strategy: undefined };
  // "If a launchType is not specified", ECS takes EC2, which a task of Fargate cannot run on.
  if (launchType !== 'FARGATE')
    throw new CloudFault('InvalidParameterException', `Task definition does not support launch_type ${launchType ?? 'EC2'}.`);
  return { launchType, strategy: undefined };
}

export function strategyOf(items: readonly StrategyItemInput[]): readonly CapacityProviderStrategyItem[] {
  return items.map(({ capacityProvider, weight, base }) => ({
    capacityProvider: providerNamed(capacityProvider),
    ...(weight === undefined ? {} : { weight }),
    ...(base === undefined ? {} : { base }),
  }));
}

/** @throws {CloudFault} for a provider that there is not. */
export function providerNamed(name: string): CapacityProvider {
  if (name === 'FARGATE' || name === 'FARGATE_SPOT') return name;
  throw new CloudFault('InvalidParameterException', `The specified capacity provider '${name}' was not found.`);
}

/** @throws {CloudFault} when there is no network to be in. */
export function zonesFor(network: NetworkInput | undefined, subnets: Subnets): readonly string[] {
  const named = network?.awsvpcConfiguration?.subnets ?? [];
  if (network?.awsvpcConfiguration === undefined)
    throw new CloudFault('InvalidParameterException', "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  if (named.length === 0) throw new CloudFault('InvalidParameterException', 'subnets can not be empty.');
  return [...new Set(named.map((subnet) => subnets.zoneOf(subnet)))];
}

import { deploy } from '../deployment/deploy.ts';
import type { Model } from '../state/model.ts';
import { strategyProblem, type CapacityProviderStrategyItem } from '../spec/strategy.ts';
import type { Revision, ServiceRecord } from '../state/records.ts';
import { reject } from '../state/rejection.ts';
import type { ServiceSpec } from '../spec/service.ts';

/** CreateService: the service wants its desired count from now on. */
export function createService(model: Model, spec: ServiceSpec): void {
  const existing = model.services.get(spec.name);
  if (existing !== undefined && existing.status !== 'INACTIVE') {
    reject(model, 'create-service', 'InvalidParameterException', 'Creation of service was not idempotent.');
    return;
  }
  const revision = revisionOf(model, spec);
  const problem = revisionProblem(model, revision, spec);
  if (problem !== undefined) {
    reject(model, 'create-service', 'InvalidParameterException', problem);
    return;
  }
  const service: ServiceRecord = {
    name: spec.name,
    status: 'ACTIVE',
    createdAt: model.now,
    desiredCount: spec.desiredCount,
    revision,
    deploymentConfiguration: spec.deploymentConfiguration ?? {},
    healthCheckGracePeriodMs: (spec.healthCheckGracePeriodSeconds ?? 0) * 1000,
    availabilityZoneRebalancing: spec.availabilityZoneRebalancing ?? 'ENABLED',
    deployments: [],
    completed: undefined,
    tasks: new Set(),
    runningCount: 0,
    pendingCount: 0,
    stoppingCount: 0,
    failedStarts: 0,
    launchAt: Number.NEGATIVE_INFINITY,
    blocked: new Map(),
    steady: false,
    steadyStates: 0,
    unbalancedSince: undefined,
    isRebalancing: false,
    messages: [],
    scalable: undefined,
  };
  model.services.set(spec.name, service);
  deploy(model, service, revision);
}

/** What a service rolls out, with the defaults of the cluster. */
function revisionOf(model: Model, spec: Omit<ServiceSpec, 'name' | 'desiredCount'>): Revision {
  const { cluster } = model;
  const given = spec.capacityProviderStrategy;
  // A launch type leaves the cluster's default strategy aside (CreateService, launchType). An empty strategy goes back to the launch type.
  const strategy = given ?? (spec.launchType === undefined ? cluster.defaultCapacityProviderStrategy : []);
  return {
    taskDefinition: spec.taskDefinition,
    launchType: strategy.length === 0 ? 'FARGATE' : spec.launchType,
    strategy,
    zones: spec.zones ?? cluster.zones,
    loadBalancers: spec.loadBalancers ?? [],
  };
}

/** What AWS says to a service that it does not take. */
export function revisionProblem(
  model: Model,
  revision: Revision,
  given: { readonly launchType?: 'FARGATE'; readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] },
): string | undefined {
  if (given.launchType !== undefined && (given.capacityProviderStrategy?.length ?? 0) > 0)
    return 'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.';
  for (const { targetGroup } of revision.loadBalancers) {
    if (!model.targetGroups.has(targetGroup)) return `The target group with targetGroupArn ${targetGroup} does not exist.`;
  }
  const unknown = revision.zones.find((zone) => !model.cluster.zones.includes(zone));
  if (unknown !== undefined) return `No subnet is known in the Availability Zone ${unknown}.`;
  return strategyProblem(revision.strategy, model.cluster.capacityProviders);
}

import { epochOf } from '../state/timestamps.ts';
import type { Model } from '../state/model.ts';
import { arnOf, clusterArn, serviceArn } from '../state/names.ts';
import { sharesOf } from '../placement/shares.ts';
import type { CapacityProvider, CapacityProviderStrategyItem } from '../spec/strategy.ts';
import type { DeploymentRecord, ScalableRecord, ServiceRecord } from '../state/records.ts';
import { tally } from '../state/bookkeeping.ts';
import { KEPT_MESSAGES } from '../state/messages.ts';
import type { DeploymentConfiguration, LoadBalancer } from '../spec/service.ts';
import { modelOf, type World } from '../world.ts';

/** A service as DescribeServices shows it, by the names of the API. Times are milliseconds since 1970; the API has seconds. */
export interface ServiceDescription {
  readonly serviceName: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly launchType: 'FARGATE' | undefined;
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly taskDefinition: string;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly deployments: readonly DeploymentDescription[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly healthCheckGracePeriodSeconds: number;
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly zones: readonly string[];
  /** The newest first, a hundred at most. */
  readonly events: readonly { readonly id: string; readonly createdAt: number; readonly message: string }[];
  readonly createdAt: number;
}

export interface DeploymentDescription {
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly pendingCount: number;
  readonly runningCount: number;
  readonly failedTasks: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly launchType: 'FARGATE' | undefined;
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly rolloutStateReason: string;
}

/** What is cheap to ask of a service at any size. */
export interface ServiceCounts {
  readonly desired: number;
  /** RUNNING and not told to stop. */
  readonly running: number;
  /** Of `running`, those whose targets are healthy. */
  readonly healthy: number;
  /** Not RUNNING yet. */
  readonly pending: number;
  /** Told to stop or ended, not STOPPED yet. */
  readonly stopping: number;
  readonly byProvider: readonly {
    readonly provider: CapacityProvider;
    readonly desired: number;
    readonly running: number;
    readonly pending: number;
  }[];
}

export function listServices(world: World): readonly string[] {
  return [...modelOf(world).services.values()].flatMap((service) => (service.status === 'INACTIVE' ? [] : [service.name]));
}

export function describeService(world: World, name: string): ServiceDescription | undefined {
  const model = modelOf(world);
  const service = model.services.get(name);
  if (service === undefined) return undefined;
  const { revision } = service;
  return {
    serviceName: service.name,
    serviceArn: serviceArn(model.cluster, service.name),
    clusterArn: clusterArn(model.cluster),
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: service.runningCount,
    pendingCount: service.pendingCount,
    launchType: revision.launchType,
    capacityProviderStrategy: revision.strategy,
    taskDefinition: arnOf(model.cluster, `task-definition/${revision.taskDefinition.name}`),
    deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200, ...service.deploymentConfiguration },
    deployments: service.deployments.map((deployment) => describeDeployment(model, service, deployment)),
    loadBalancers: revision.loadBalancers,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodMs / 1000,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    zones: revision.zones,
    events: service.messages
      .slice(-KEPT_MESSAGES)
      .toReversed()
      .map(({ id, at, message }) => ({ id, createdAt: epochOf(model, at), message })),
    createdAt: epochOf(model, service.createdAt),
  };
}

export function countService(world: World, name: string): ServiceCounts | undefined {
  const service = modelOf(world).services.get(name);
  if (service === undefined) return undefined;
  const primary = service.deployments.find((deployment) => deployment.status === 'PRIMARY');
  let healthy = 0;
  for (const deployment of service.deployments) healthy += tally(deployment).healthy;
  const shares = primary === undefined ? [] : sharesOf(primary, service.desiredCount);
  return {
    desired: service.desiredCount,
    running: service.runningCount,
    healthy,
    pending: service.pendingCount,
    stopping: service.stoppingCount,
    byProvider: shares.map(({ provider, count }) => {
      let [running, pending] = [0, 0];
      for (const deployment of service.deployments) {
        const { starting, serving, unhealthy } = tally(deployment, provider);
        running += serving + unhealthy;
        pending += starting;
      }
      return { provider, desired: count, running, pending };
    }),
  };
}

/** What Application Auto Scaling knows of the service; undefined for none. */
export function describeScalableTarget(world: World, service: string): Readonly<ScalableRecord> | undefined {
  const scalable = modelOf(world).services.get(service)?.scalable;
  return scalable === undefined ? undefined : { ...scalable };
}

function describeDeployment(model: Model, service: ServiceRecord, deployment: DeploymentRecord): DeploymentDescription {
  const { starting, serving, unhealthy } = tally(deployment);
  const { revision } = deployment;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: arnOf(model.cluster, `task-definition/${revision.taskDefinition.name}`),
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : starting + serving + unhealthy,
    pendingCount: starting,
    runningCount: serving + unhealthy,
    failedTasks: deployment.failedTasks,
    createdAt: epochOf(model, deployment.createdAt),
    updatedAt: epochOf(model, deployment.updatedAt),
    launchType: revision.launchType,
    capacityProviderStrategy: revision.strategy,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

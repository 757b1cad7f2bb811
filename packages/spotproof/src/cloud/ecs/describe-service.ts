import type { DeploymentDescription, ServiceDescription } from '@spotproof/world';
import type { Tag } from '../tags.ts';
import type { ServiceDetails } from './cluster.ts';

/** A service as the API shows it. */
export function showService(description: ServiceDescription, details: ServiceDetails | undefined, tags: readonly Tag[] | undefined): object {
  const {
    loadBalancers,
    deployments,
    events,
    createdAt,
    zones: _,
    launchType,
    capacityProviderStrategy,
    healthCheckGracePeriodSeconds,
    ...rest
  } = description;
  return {
    ...rest,
    ...launch(launchType, capacityProviderStrategy),
    loadBalancers: loadBalancers.map(({ targetGroup, containerName, containerPort }) => ({
      targetGroupArn: targetGroup,
      containerName,
      containerPort,
    })),
    serviceRegistries: [],
    platformVersion: details?.platformVersion,
    platformFamily: 'Linux',
    deployments: deployments.map((deployment) => showDeployment(deployment, details)),
    events: events.map((event) => ({ ...event, createdAt: new Date(event.createdAt) })),
    createdAt: new Date(createdAt),
    placementConstraints: [],
    placementStrategy: [],
    networkConfiguration: details?.networkConfiguration,
    ...(loadBalancers.length === 0 ? {} : { healthCheckGracePeriodSeconds }),
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: details?.enableECSManagedTags,
    enableExecuteCommand: details?.enableExecuteCommand,
    propagateTags: details?.propagateTags,
    tags,
  };
}

function showDeployment(deployment: DeploymentDescription, details: ServiceDetails | undefined): object {
  const { createdAt, updatedAt, launchType, capacityProviderStrategy, ...rest } = deployment;
  return {
    ...rest,
    ...launch(launchType, capacityProviderStrategy),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    networkConfiguration: details?.networkConfiguration,
  };
}

/** A service has one of the two; the API shows no empty strategy. */
function launch(launchType: 'FARGATE' | undefined, strategy: ServiceDescription['capacityProviderStrategy']): object {
  if (strategy.length === 0) return { launchType };
  return { capacityProviderStrategy: strategy.map(({ capacityProvider, weight = 0, base = 0 }) => ({ capacityProvider, weight, base })) };
}

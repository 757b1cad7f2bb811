import { deploy } from '../deployment/deploy.ts';
import type { Model } from '../state/model.ts';
import type { CapacityProviderStrategyItem } from '../spec/strategy.ts';
import type { Revision, ServiceRecord } from '../state/records.ts';
import { activeService, reject } from '../state/rejection.ts';
import { revisionProblem } from './create.ts';
import type { ServiceChanges } from '../spec/service.ts';

/** UpdateService. A new desired count alone deploys nothing. */
export function updateService(model: Model, name: string, changes: ServiceChanges): void {
  const service = activeService(model, 'update-service', name);
  if (service === undefined) return;
  const strategy = changes.capacityProviderStrategy;
  const isOtherStrategy = strategy !== undefined && !isSameStrategy(strategy, service.revision.strategy);
  if (isOtherStrategy && changes.forceNewDeployment !== true) {
    reject(model, 'update-service', 'InvalidParameterException', FORCE_IS_NEEDED);
    return;
  }
  const revision = changed(service.revision, changes);
  const problem = revisionProblem(model, revision, {});
  if (problem !== undefined) {
    reject(model, 'update-service', 'InvalidParameterException', problem);
    return;
  }
  service.desiredCount = changes.desiredCount ?? service.desiredCount;
  if (changes.deploymentConfiguration !== undefined)
    service.deploymentConfiguration = { ...service.deploymentConfiguration, ...changes.deploymentConfiguration };
  if (changes.healthCheckGracePeriodSeconds !== undefined) service.healthCheckGracePeriodMs = changes.healthCheckGracePeriodSeconds * 1000;
  service.availabilityZoneRebalancing = changes.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing;
  if (changes.forceNewDeployment === true || deploysAnew(service, changes)) deploy(model, service, revision);
  model.dirty.add(service);
}

/** DeleteService: drains, and is gone when its last task is. */
export function deleteService(model: Model, name: string, force: boolean): void {
  const service = activeService(model, 'delete-service', name);
  if (service === undefined) return;
  if (service.desiredCount > 0 && !force) {
    reject(model, 'delete-service', 'InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.');
    return;
  }
  service.status = 'DRAINING';
  service.desiredCount = 0;
  model.dirty.add(service);
}

function deploysAnew({ revision }: ServiceRecord, changes: ServiceChanges): boolean {
  const { taskDefinition, zones, loadBalancers } = changes;
  return (
    (taskDefinition !== undefined && taskDefinition.name !== revision.taskDefinition.name) ||
    (zones !== undefined && JSON.stringify(zones) !== JSON.stringify(revision.zones)) ||
    (loadBalancers !== undefined && JSON.stringify(loadBalancers) !== JSON.stringify(revision.loadBalancers))
  );
}

function changed(revision: Revision, changes: ServiceChanges): Revision {
  const strategy = changes.capacityProviderStrategy ?? revision.strategy;
  return {
    taskDefinition: changes.taskDefinition ?? revision.taskDefinition,
    launchType: strategy.length === 0 ? 'FARGATE' : undefined,
    strategy,
    zones: changes.zones ?? revision.zones,
    loadBalancers: changes.loadBalancers ?? revision.loadBalancers,
  };
}

function isSameStrategy(left: readonly CapacityProviderStrategyItem[], right: readonly CapacityProviderStrategyItem[]): boolean {
  const text = (items: readonly CapacityProviderStrategyItem[]): string =>
    items.map(({ capacityProvider, weight = 0, base = 0 }) => `${capacityProvider} ${weight} ${base}`).join();
  return text(left) === text(right);
}

/** The API's own words, as public deployment tools report them (pipecd #6385). */
const FORCE_IS_NEEDED =
  'When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.';

import { describeService, listServices, type ServiceChanges, type ServiceDescription, type WorldInput } from '@spotproof/world';
import { arn } from '../account.ts';
import { pageOf } from '../page-of.ts';
import { CloudFault } from '../wire/fault.ts';
import type { Operation } from '../wire/service.ts';
import { checkLoadBalancers, checkServiceInput, type ServiceInput, type UpdateServiceInput } from './check-service.ts';
import { toWorldDefinition, type Cluster, type ServiceDetails } from './cluster.ts';
import { showService } from './describe-service.ts';
import { launchOf, strategyOf, zonesFor } from './launch.ts';
import { shortName, type Resources } from './resources.ts';

/** Services: what AWS takes goes to the world, which does what the scheduler does. */
export function serviceOperations(resources: Resources): Readonly<Record<string, Operation>> {
  const { clusters } = resources;
  return {
    CreateService: (input: ServiceInput) => {
      const cluster = clusters.get(input.cluster);
      create(resources, cluster, input);
      return { service: shown(resources, cluster, input.serviceName) };
    },
    UpdateService: (input: UpdateServiceInput) => {
      const cluster = clusters.get(input.cluster);
      const name = shortName(input.service);
      update(resources, cluster, name, input);
      return { service: shown(resources, cluster, name) };
    },
    DescribeServices: (input: { readonly cluster?: string; readonly services: readonly string[]; readonly include?: readonly string[] }) => {
      const cluster = clusters.get(input.cluster);
      if (input.services.length === 0) throw invalid('Services cannot be empty.');
      if (input.services.length > MOST_DESCRIBED) throw invalid(`Services cannot have more than ${MOST_DESCRIBED} elements.`);
      const withTags = input.include?.includes('TAGS') === true;
      const found = input.services.map((named) => ({ named, description: find(resources, cluster, named) }));
      return {
        services: found.flatMap(({ description }) => (description === undefined ? [] : [show(resources, cluster, description, withTags)])),
        failures: found.flatMap(({ named, description }) =>
          description === undefined ? [{ arn: serviceArn(resources, cluster, named), reason: 'MISSING' }] : [],
        ),
      };
    },
    ListServices: (input: ListServicesInput) => {
      const cluster = clusters.get(input.cluster);
      const { nextToken, maxResults = 10, launchType, schedulingStrategy = 'REPLICA' } = input;
      const names = listServices(cluster.world.state)
        .filter((name) => launchType === undefined || describeService(cluster.world.state, name)?.launchType === launchType)
        .filter(() => schedulingStrategy === 'REPLICA');
      const page = pageOf(names, { nextToken, size: maxResults, invalidCode: 'InvalidParameterException' });
      return { serviceArns: page.items.map((name) => serviceArn(resources, cluster, name)), nextToken: page.nextToken };
    },
    DeleteService: (input: { readonly cluster?: string; readonly service: string; readonly force?: boolean }) => {
      const cluster = clusters.get(input.cluster);
      const name = shortName(input.service);
      cluster.world.call({ type: 'delete-service', service: name, force: input.force ?? false });
      return { service: shown(resources, cluster, name) };
    },
  };
}

interface ListServicesInput {
  readonly cluster?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
  readonly launchType?: string;
  readonly schedulingStrategy?: string;
}

/** @throws {CloudFault} */
export function existingService(resources: Resources, cluster: Cluster, named: string): ServiceDescription {
  const description = find(resources, cluster, named);
  if (description === undefined || description.status === 'INACTIVE') throw new CloudFault('ServiceNotFoundException', 'Service not found.');
  return description;
}

function create(resources: Resources, cluster: Cluster, input: ServiceInput): void {
  const { definitions, groups, subnets, tags } = resources;
  const { serviceName, desiredCount } = input;
  const definition = definitions.usable(input.taskDefinition);
  checkServiceInput(input);
  if (desiredCount === undefined) throw invalid('The desired count of a service with the REPLICA scheduling strategy must be given.');
  const { launchType, strategy } = launchOf(cluster, input);
  const zones = zonesFor(input.networkConfiguration, subnets);
  const loadBalancers = checkLoadBalancers(input.loadBalancers ?? [], definition, groups);
  if (input.healthCheckGracePeriodSeconds !== undefined && loadBalancers.length === 0)
    throw invalid('Health check grace period is only valid for services configured to use load balancers');
  tags.check(input.tags ?? []);
  const details: ServiceDetails = {
    networkConfiguration: input.networkConfiguration,
    platformVersion: input.platformVersion ?? 'LATEST',
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
  };
  const tagged = serviceArn(resources, cluster, serviceName);
  const wanted: WorldInput = {
    type: 'create-service',
    service: {
      name: serviceName,
      desiredCount,
      taskDefinition: toWorldDefinition(definition),
      zones,
      loadBalancers,
      ...(launchType === undefined ? {} : { launchType }),
      ...(strategy === undefined ? {} : { capacityProviderStrategy: strategy }),
      ...given(input),
    },
  };
  // Before its first tasks begin, which have their tags from here.
  cluster.world.call(wanted, (effects) => {
    if (effects.some(({ type }) => type === 'rejected')) return;
    cluster.services.set(serviceName, details);
    tags.forget(tagged);
    tags.give(tagged, input.tags ?? []);
  });
}

function update(resources: Resources, cluster: Cluster, name: string, input: UpdateServiceInput): void {
  const { definitions, groups, subnets } = resources;
  const before = find(resources, cluster, input.service);
  const definitionArn = input.taskDefinition ?? before?.taskDefinition;
  const definition = input.taskDefinition === undefined ? undefined : definitions.usable(input.taskDefinition);
  checkServiceInput(input);
  const current = definition ?? (definitionArn === undefined ? undefined : definitions.find(definitionArn));
  const loadBalancers =
    input.loadBalancers === undefined || current === undefined ? undefined : checkLoadBalancers(input.loadBalancers, current, groups);
  const changes: ServiceChanges = {
    ...given(input),
    ...(input.desiredCount === undefined ? {} : { desiredCount: input.desiredCount }),
    ...(definition === undefined ? {} : { taskDefinition: toWorldDefinition(definition) }),
    ...(input.capacityProviderStrategy === undefined ? {} : { capacityProviderStrategy: strategyOf(input.capacityProviderStrategy) }),
    ...(input.networkConfiguration === undefined ? {} : { zones: zonesFor(input.networkConfiguration, subnets) }),
    ...(loadBalancers === undefined ? {} : { loadBalancers }),
    ...(input.forceNewDeployment === undefined ? {} : { forceNewDeployment: input.forceNewDeployment }),
  };
  cluster.world.call({ type: 'update-service', service: name, changes }, (effects) => {
    const details = cluster.services.get(name);
    if (details === undefined || effects.some(({ type }) => type === 'rejected')) return;
    cluster.services.set(name, {
      networkConfiguration: input.networkConfiguration ?? details.networkConfiguration,
      platformVersion: input.platformVersion ?? details.platformVersion,
      enableECSManagedTags: input.enableECSManagedTags ?? details.enableECSManagedTags,
      enableExecuteCommand: input.enableExecuteCommand ?? details.enableExecuteCommand,
      propagateTags: input.propagateTags ?? details.propagateTags,
    });
  });
}

/** What creating and updating have in common, without what was not given. */
function given(
  input: ServiceInput | UpdateServiceInput,
): Pick<ServiceChanges, 'deploymentConfiguration' | 'healthCheckGracePeriodSeconds' | 'availabilityZoneRebalancing'> {
  const { deploymentConfiguration, healthCheckGracePeriodSeconds, availabilityZoneRebalancing } = input;
  return {
    ...(deploymentConfiguration === undefined ? {} : { deploymentConfiguration }),
    ...(healthCheckGracePeriodSeconds === undefined ? {} : { healthCheckGracePeriodSeconds }),
    ...(availabilityZoneRebalancing === undefined ? {} : { availabilityZoneRebalancing }),
  };
}

function find(resources: Resources, cluster: Cluster, named: string): ServiceDescription | undefined {
  if (named.includes(':') && named !== serviceArn(resources, cluster, named)) return undefined;
  return describeService(cluster.world.state, shortName(named));
}

function shown(resources: Resources, cluster: Cluster, name: string): object {
  return show(resources, cluster, existingOrGone(cluster, name), true);
}

function existingOrGone(cluster: Cluster, name: string): ServiceDescription {
  const description = describeService(cluster.world.state, name);
  if (description === undefined) throw new CloudFault('ServiceNotFoundException', 'Service not found.');
  return description;
}

function show({ tags }: Resources, cluster: Cluster, description: ServiceDescription, withTags: boolean): object {
  return showService(description, cluster.services.get(description.serviceName), withTags ? tags.of(description.serviceArn) : undefined);
}

function serviceArn({ account }: Resources, cluster: Cluster, named: string): string {
  return arn(account, 'ecs', `service/${cluster.name}/${shortName(named)}`);
}

function invalid(message: string): CloudFault {
  return new CloudFault('InvalidParameterException', message);
}

/** ECS API reference, DescribeServices: "up to 10 services". */
const MOST_DESCRIBED = 10;

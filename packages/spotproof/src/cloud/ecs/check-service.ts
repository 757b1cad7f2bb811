import type { DeploymentConfiguration, LoadBalancer } from '@spotproof/world';
import type { TargetGroups } from '../elbv2/target-groups.ts';
import type { Tag } from '../tags.ts';
import { portsOf } from '../tasks/container-definition.ts';
import { CloudFault } from '../wire/fault.ts';
import type { LaunchInput, NetworkInput, StrategyItemInput } from './launch.ts';
import type { TaskDefinitionRecord } from './task-definitions.ts';

interface CommonInput {
  readonly cluster?: string;
  readonly desiredCount?: number;
  readonly loadBalancers?: readonly LoadBalancerInput[];
  readonly networkConfiguration?: NetworkInput;
  readonly deploymentConfiguration?: DeploymentConfiguration & { readonly strategy?: string; readonly alarms?: { readonly enable?: boolean } };
  readonly healthCheckGracePeriodSeconds?: number;
  readonly availabilityZoneRebalancing?: 'ENABLED' | 'DISABLED';
  readonly platformVersion?: string;
  readonly placementConstraints?: readonly object[];
  readonly placementStrategy?: readonly object[];
  readonly deploymentController?: { readonly type?: string };
  readonly enableECSManagedTags?: boolean;
  readonly enableExecuteCommand?: boolean;
  readonly propagateTags?: string;
  readonly serviceRegistries?: readonly object[];
  readonly serviceConnectConfiguration?: { readonly enabled?: boolean };
  readonly vpcLatticeConfigurations?: readonly object[];
  readonly volumeConfigurations?: readonly object[];
}

export interface ServiceInput extends CommonInput, LaunchInput {
  readonly serviceName: string;
  readonly taskDefinition?: string;
  readonly schedulingStrategy?: string;
  readonly tags?: readonly Tag[];
}

export interface UpdateServiceInput extends CommonInput {
  readonly service: string;
  readonly taskDefinition?: string;
  readonly capacityProviderStrategy?: readonly StrategyItemInput[];
  readonly forceNewDeployment?: boolean;
}

export interface LoadBalancerInput {
  readonly targetGroupArn?: string;
  readonly loadBalancerName?: string;
  readonly containerName?: string;
  readonly containerPort?: number;
}

/** What Fargate does not take, and what is not built here. @throws {CloudFault} */
export function checkServiceInput(input: ServiceInput | UpdateServiceInput): void {
  if ('serviceName' in input && !/^[a-zA-Z0-9_-]{1,255}$/.test(input.serviceName))
    throw invalid('Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed in the name of a service.');
  if (input.desiredCount !== undefined && input.desiredCount < 0) throw invalid('Desired count must be 0 or more.');
  if ((input.placementConstraints ?? []).length > 0) throw invalid('Placement constraints are not supported with FARGATE launch type.');
  if ((input.placementStrategy ?? []).length > 0) throw invalid('Placement strategies are not supported with FARGATE launch type.');
  if ('schedulingStrategy' in input && input.schedulingStrategy === 'DAEMON')
    throw invalid('The daemon scheduling strategy is not supported for tasks using the Fargate launch type.');
  if ((input.deploymentController?.type ?? 'ECS') !== 'ECS') throw notHere('A deployment controller other than ECS');
  if ((input.deploymentConfiguration?.strategy ?? 'ROLLING') !== 'ROLLING') throw notHere('A deployment strategy other than ROLLING');
  if (input.deploymentConfiguration?.alarms?.enable === true) throw notHere('A deployment that looks at CloudWatch alarms');
  if ((input.volumeConfigurations ?? []).length > 0) throw notHere('A volume of Amazon EBS');
  if ((input.serviceRegistries ?? []).length > 0) throw notHere('Service discovery');
  if (input.serviceConnectConfiguration?.enabled === true) throw notHere('Service Connect');
  if ((input.vpcLatticeConfigurations ?? []).length > 0) throw notHere('VPC Lattice');
}

/** @throws {CloudFault} for a target group, a container or a port that does not fit. */
export function checkLoadBalancers(
  given: readonly LoadBalancerInput[],
  definition: TaskDefinitionRecord,
  groups: TargetGroups,
): readonly LoadBalancer[] {
  return given.map(({ targetGroupArn, loadBalancerName, containerName, containerPort }) => {
    if (loadBalancerName !== undefined) throw notHere('A classic load balancer');
    if (targetGroupArn === undefined) throw invalid('The target group ARN of a load balancer must be given.');
    const group = groups.find(targetGroupArn);
    if (group === undefined) throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not exist.`);
    if (group.targetType !== 'ip')
      throw invalid(
        `The provided target group ${targetGroupArn} has target type ${group.targetType}, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    if (group.listeners.size === 0)
      throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`);
    const container = definition.containers.find(({ name }) => name === containerName);
    if (container === undefined) throw invalid(`The container ${containerName} does not exist in the task definition.`);
    if (containerPort === undefined || !portsOf(container).includes(containerPort))
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    return { targetGroup: targetGroupArn, containerName: container.name, containerPort };
  });
}

function invalid(message: string): CloudFault {
  return new CloudFault('InvalidParameterException', message);
}

function notHere(what: string): CloudFault {
  return new CloudFault('UnsupportedFeatureException', `${what} is not served here.`);
}

import { SpotproofError } from '@spotproof/core';
import type { Cloud } from '../cloud/create-cloud.ts';
import { FreePorts } from '../lab/tasks/free-ports.ts';
import type { LabOptions } from '../verdict/lab-run.ts';
import { containerDefinition, loadBalancerAttributes, targetGroupAttributes, targetGroupInput } from './aws-inputs.ts';
import { CLUSTER, CONTAINER, CONTAINER_PORT, PRIMARY, TWIN, ZONE } from './names.ts';

/** What stands before the service. */
export interface Front {
  readonly targetGroupArn: string;
  /** Where requests go. */
  readonly url: string;
}

/** The cluster, and a load balancer with its listener and target group. Made by the calls that anybody would make. */
export async function createFront(cloud: Cloud, options: LabOptions): Promise<Front> {
  await cloud.call(ECS, 'CreateCluster', { clusterName: CLUSTER, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  const made = await cloud.call(ELB, 'CreateLoadBalancer', { Name: CLUSTER, Subnets: ['us-east-1a', 'us-east-1b'].map((zone) => `subnet-${zone}`) });
  const loadBalancerArn = textAt(made, 'LoadBalancers', 0, 'LoadBalancerArn');
  const host = textAt(made, 'LoadBalancers', 0, 'DNSName');
  await cloud.call(ELB, 'ModifyLoadBalancerAttributes', { LoadBalancerArn: loadBalancerArn, Attributes: loadBalancerAttributes(options) });
  const targetGroupArn = textAt(await cloud.call(ELB, 'CreateTargetGroup', targetGroupInput(options)), 'TargetGroups', 0, 'TargetGroupArn');
  await cloud.call(ELB, 'ModifyTargetGroupAttributes', { TargetGroupArn: targetGroupArn, Attributes: targetGroupAttributes(options) });
  const port = await new FreePorts().take();
  const isTls = options.balancer.listener === 'https';
  await cloud.call(ELB, 'CreateListener', {
    LoadBalancerArn: loadBalancerArn,
    Protocol: isTls ? 'HTTPS' : 'HTTP',
    Port: port,
    ...(isTls ? { Certificates: [{ CertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/lab' }] } : {}),
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  });
  return { targetGroupArn, url: `${isTls ? 'https' : 'http'}://${host}:${port}` };
}

export interface ServicesOptions {
  readonly options: LabOptions;
  readonly withTwin: boolean;
  /** Checks that fail within this say that the app is not ready yet. */
  readonly gracePeriodMs: number;
}

/** The task definition and the service on Spot; with a twin also that, at a desired count of 0. */
export async function createServices(cloud: Cloud, front: Front, { options, withTwin, gracePeriodMs }: ServicesOptions): Promise<void> {
  await cloud.call(ECS, 'RegisterTaskDefinition', {
    family: PRIMARY,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [containerDefinition(options)],
  });
  const common = {
    cluster: CLUSTER,
    taskDefinition: PRIMARY,
    networkConfiguration: { awsvpcConfiguration: { subnets: [`subnet-${ZONE}`] } },
    loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName: CONTAINER, containerPort: CONTAINER_PORT }],
    healthCheckGracePeriodSeconds: Math.ceil(gracePeriodMs / 1000),
  };
  await cloud.call(ECS, 'CreateService', {
    ...common,
    serviceName: PRIMARY,
    desiredCount: options.tasks,
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
  });
  if (withTwin) await cloud.call(ECS, 'CreateService', { ...common, serviceName: TWIN, desiredCount: 0, launchType: 'FARGATE' });
}

/** Spot has room for these tasks, and for none after them. */
export function withdrawSpot(cloud: Cloud, tasks: number): void {
  cloud.control.capacity({ cluster: CLUSTER, zone: ZONE, launches: tasks });
}

export async function endGracePeriod(cloud: Cloud, withTwin: boolean): Promise<void> {
  for (const service of withTwin ? [PRIMARY, TWIN] : [PRIMARY])
    await cloud.call(ECS, 'UpdateService', { cluster: CLUSTER, service, healthCheckGracePeriodSeconds: 0 });
}

/** @throws {SpotproofError} `SPOTPROOF_INTERNAL` for an answer that has no text there. */
export function textAt(answer: unknown, ...path: readonly (string | number)[]): string {
  let value = answer;
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (typeof value === 'string') return value;
  throw new SpotproofError('SPOTPROOF_INTERNAL', `The local AWS answered without ${path.join('.')}.`);
}

const ECS = 'Amazon ECS';
const ELB = 'Elastic Load Balancing';

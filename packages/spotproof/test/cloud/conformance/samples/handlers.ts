import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';

/** The ideas of public samples, in our own words: what many put behind a rule for Spot interruptions. None of them is a good one. */

export interface ServiceName {
  readonly cluster: string;
  readonly service: string;
}

/** One more task for each event: "the new one is there before the old one goes". */
export async function incrementOnEvent(ecs: ECSClient, { cluster, service }: ServiceName): Promise<void> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: (services?.[0]?.desiredCount ?? 0) + 1 }));
}

/** Everything to On-Demand when Spot fails. */
export async function flipStrategy(
  ecs: ECSClient,
  { cluster, service }: ServiceName,
  options: { readonly forceNewDeployment?: boolean },
): Promise<void> {
  await ecs.send(new UpdateServiceCommand({ cluster, service, capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }], ...options }));
}

/** The rule of a much copied article: no such source, no such detail type, no such code. */
export const RULE_OF_THE_ARTICLE = {
  source: ['aws.fargate'],
  'detail-type': ['Fargate Task State Change'],
  detail: { lastStatus: ['STOPPING'], stopCode: ['ClientException'] },
};

/** The rule of a sample: the star is meant for any cluster, and is a text like any other. */
export const RULE_WITH_A_LITERAL_STAR = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { clusterArn: ['*'], stoppedReason: ['Your Spot Task was interrupted.'] },
};

export const RULE_THAT_MATCHES = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { $or: [{ stopCode: ['SpotInterruption', 'TerminationNotice'] }, { stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] }] },
};

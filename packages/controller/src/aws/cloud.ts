import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Cloud } from '../cloud.ts';
import { scalingCloud } from './auto-scaling.ts';
import { ecsCloud } from './ecs.ts';
import { targetGroupCloud } from './target-groups.ts';

/** The AWS SDK's clients, made by the caller: region, credentials, endpoint and retries are theirs. */
export interface AwsClients {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly scaling: ApplicationAutoScalingClient;
}

export function awsCloud({ ecs, elb, scaling }: AwsClients): Cloud {
  return { ...ecsCloud(ecs), ...targetGroupCloud(elb), ...scalingCloud(scaling) };
}

import { DeregisterTargetsCommand, DescribeTargetHealthCommand, type ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Cloud } from '../cloud.ts';
import { call } from './call.ts';

export function targetGroupCloud(elb: ElasticLoadBalancingV2Client): Pick<Cloud, 'describeTargets' | 'deregisterTargets'> {
  return {
    async describeTargets(targetGroupArn) {
      const answer = await call('elasticloadbalancing:DescribeTargetHealth', () =>
        elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn })),
      );
      return (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => ({
        id: Target?.Id ?? '',
        port: Target?.Port ?? 0,
        state: TargetHealth?.State ?? '',
      }));
    },
    async deregisterTargets(targetGroupArn, targets) {
      const Targets = targets.map(({ id, port }) => ({ Id: id, Port: port }));
      await call('elasticloadbalancing:DeregisterTargets', () => elb.send(new DeregisterTargetsCommand({ TargetGroupArn: targetGroupArn, Targets })));
    },
  };
}

import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { Cloud } from '../cloud.ts';
import { call } from './call.ts';

export function scalingCloud(scaling: ApplicationAutoScalingClient): Pick<Cloud, 'describeScaling' | 'suspendScaleIn'> {
  return {
    async describeScaling(cluster, service) {
      const answer = await call('application-autoscaling:DescribeScalableTargets', () =>
        scaling.send(new DescribeScalableTargetsCommand({ ...TARGET, ResourceIds: [resourceId(cluster, service)] })),
      );
      const target = answer.ScalableTargets?.[0];
      if (target === undefined) return undefined;
      return {
        minCapacity: target.MinCapacity ?? 0,
        maxCapacity: target.MaxCapacity ?? 0,
        isScaleInSuspended: target.SuspendedState?.DynamicScalingInSuspended === true,
      };
    },
    async suspendScaleIn(cluster, service, isSuspended) {
      // Without Min and Max these stay what they are, but the current capacity is pulled between them (RegisterScalableTarget API reference).
      await call('application-autoscaling:RegisterScalableTarget', () =>
        scaling.send(
          new RegisterScalableTargetCommand({
            ...TARGET,
            ResourceId: resourceId(cluster, service),
            SuspendedState: { DynamicScalingInSuspended: isSuspended },
          }),
        ),
      );
    },
  };
}

function resourceId(cluster: string, service: string): string {
  return `service/${cluster}/${service}`;
}

const TARGET = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

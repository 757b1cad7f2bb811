import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import type { Cloud } from '../cloud.ts';
import { call } from './call.ts';

export function scalingCloud(scaling: ApplicationAutoScalingClient): Pick<Cloud, 'describeScaling' | 'suspendScaleIn' | 'setMinCapacity'> {
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
    // Without Min and Max these stay what they are, but the current capacity is pulled between them (RegisterScalableTarget API reference).
    suspendScaleIn: (cluster, service, isSuspended) => register(cluster, service, { SuspendedState: { DynamicScalingInSuspended: isSuspended } }),
    setMinCapacity: (cluster, service, minCapacity) => register(cluster, service, { MinCapacity: minCapacity }),
  };

  async function register(cluster: string, service: string, changes: Partial<RegisterScalableTargetCommandInput>): Promise<void> {
    await call('application-autoscaling:RegisterScalableTarget', () =>
      scaling.send(new RegisterScalableTargetCommand({ ...TARGET, ResourceId: resourceId(cluster, service), ...changes })),
    );
  }
}

function resourceId(cluster: string, service: string): string {
  return `service/${cluster}/${service}`;
}

const TARGET = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  type ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import type { Cloud } from '../cloud.ts';
import { call } from './call.ts';

export function scalingCloud(scaling: ApplicationAutoScalingClient): Pick<Cloud, 'describeScaling' | 'suspendScaleIn' | 'setMinCapacity'> {
  return {
    async describeScaling(cluster, service) {
      const target = await describe(cluster, service);
      if (target === undefined) return undefined;
      return {
        minCapacity: target.MinCapacity ?? 0,
        maxCapacity: target.MaxCapacity ?? 0,
        isScaleInSuspended: target.SuspendedState?.DynamicScalingInSuspended === true,
      };
    },
    async suspendScaleIn(cluster, service, isSuspended, signal) {
      // What else somebody has suspended stays so: each of the three defaults to false (API type SuspendedState).
      const others = (await describe(cluster, service))?.SuspendedState;
      // Without Min and Max these stay what they are, but the current capacity is pulled between them (RegisterScalableTarget API reference).
      await register(cluster, service, { SuspendedState: { ...others, DynamicScalingInSuspended: isSuspended } }, signal);
    },
    setMinCapacity: (cluster, service, minCapacity, signal) => register(cluster, service, { MinCapacity: minCapacity }, signal),
  };

  async function describe(cluster: string, service: string): Promise<ScalableTarget | undefined> {
    const answer = await call('application-autoscaling:DescribeScalableTargets', () =>
      scaling.send(new DescribeScalableTargetsCommand({ ...TARGET, ResourceIds: [resourceId(cluster, service)] })),
    );
    return answer.ScalableTargets?.[0];
  }

  async function register(
    cluster: string,
    service: string,
    changes: Partial<RegisterScalableTargetCommandInput>,
    abortSignal: AbortSignal,
  ): Promise<void> {
    await call('application-autoscaling:RegisterScalableTarget', () =>
      scaling.send(new RegisterScalableTargetCommand({ ...TARGET, ResourceId: resourceId(cluster, service), ...changes }), { abortSignal }),
    );
  }
}

function resourceId(cluster: string, service: string): string {
  return `service/${cluster}/${service}`;
}

const TARGET = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

import { describeScalableTarget, describeService, listServices } from '@spotproof/world';
import { epochNow } from '../../epoch.ts';
import { type Account, arn, uniqueSuffix } from '../account.ts';
import type { Cluster } from '../ecs/cluster.ts';
import type { Clusters } from '../ecs/clusters.ts';
import { AUTOSCALING } from '../models/autoscaling.ts';
import { pageOf } from '../page-of.ts';
import { CloudFault } from '../wire/fault.ts';
import type { CloudService } from '../wire/service.ts';

/** Application Auto Scaling of the desired count of ECS services. Its alarms come from the control endpoint: there is no CloudWatch here. */
export function autoScalingService({ account, clusters }: { readonly account: Account; readonly clusters: Clusters }): CloudService {
  const registered = new Map<string, Registered>();
  const show = (resourceId: string, cluster: Cluster, service: string): readonly object[] => {
    const target = describeScalableTarget(cluster.world.state, service);
    const known = registered.get(resourceId);
    if (target === undefined || known === undefined) return [];
    return [
      {
        ServiceNamespace: 'ecs',
        ResourceId: resourceId,
        ScalableDimension: DIMENSION,
        MinCapacity: target.minCapacity,
        MaxCapacity: target.maxCapacity,
        RoleARN: `arn:aws:iam::${account.id}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
        CreationTime: new Date(known.createdAt),
        SuspendedState: {
          DynamicScalingInSuspended: target.dynamicScalingInSuspended,
          DynamicScalingOutSuspended: target.dynamicScalingOutSuspended,
          ScheduledScalingSuspended: target.scheduledScalingSuspended,
        },
        ScalableTargetARN: known.arn,
      },
    ];
  };
  return {
    name: 'Application Auto Scaling',
    model: AUTOSCALING,
    protocol: { kind: 'json', version: '1.1', targetPrefix: 'AnyScaleFrontendService' },
    invalidInputCode: 'ValidationException',
    operations: {
      RegisterScalableTarget: (input: RegisterInput) => {
        const { cluster, service } = resourceOf(clusters, input);
        const { MinCapacity, MaxCapacity, SuspendedState: suspended } = input;
        cluster.world.call({
          type: 'register-scalable-target',
          service,
          ...(MinCapacity === undefined ? {} : { minCapacity: MinCapacity }),
          ...(MaxCapacity === undefined ? {} : { maxCapacity: MaxCapacity }),
          ...(suspended === undefined ? {} : { suspendedState: suspendedState(suspended) }),
        });
        const known = registered.get(input.ResourceId) ?? {
          arn: arn(account, 'application-autoscaling', `scalable-target/${uniqueSuffix()}`),
          createdAt: epochNow(),
        };
        registered.set(input.ResourceId, known);
        return { ScalableTargetARN: known.arn };
      },
      DescribeScalableTargets: (input: DescribeInput) => {
        if (input.ServiceNamespace !== 'ecs') return { ScalableTargets: [] };
        const all = clusters.all.flatMap((cluster) =>
          listServices(cluster.world.state).flatMap((service) =>
            show(`service/${cluster.name}/${service}`, cluster, service).map((shown) => ({ id: `service/${cluster.name}/${service}`, shown })),
          ),
        );
        const wanted = all.filter(({ id }) => input.ResourceIds === undefined || input.ResourceIds.includes(id));
        const page = pageOf(wanted, { nextToken: input.NextToken, size: input.MaxResults ?? 50, invalidCode: 'InvalidNextTokenException' });
        return { ScalableTargets: page.items.map(({ shown }) => shown), NextToken: page.nextToken };
      },
      DeregisterScalableTarget: (input: OfResource) => {
        const { cluster, service } = resourceOf(clusters, input);
        if (describeScalableTarget(cluster.world.state, service) === undefined)
          throw new CloudFault(
            'ObjectNotFoundException',
            `No scalable target found for service namespace: ecs, resource ID: ${input.ResourceId}, scalable dimension: ${DIMENSION}`,
          );
        cluster.world.call({ type: 'deregister-scalable-target', service });
        registered.delete(input.ResourceId);
        return {};
      },
    },
  };
}

interface Registered {
  readonly arn: string;
  readonly createdAt: number;
}

interface OfResource {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

interface RegisterInput extends OfResource {
  readonly MinCapacity?: number;
  readonly MaxCapacity?: number;
  readonly SuspendedState?: SuspendedInput;
}

interface SuspendedInput {
  readonly DynamicScalingInSuspended?: boolean;
  readonly DynamicScalingOutSuspended?: boolean;
  readonly ScheduledScalingSuspended?: boolean;
}

interface DescribeInput {
  readonly ServiceNamespace: string;
  readonly ResourceIds?: readonly string[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

function resourceOf(
  clusters: Clusters,
  { ServiceNamespace, ResourceId, ScalableDimension }: OfResource,
): { readonly cluster: Cluster; readonly service: string } {
  if (ServiceNamespace !== 'ecs' || ScalableDimension !== DIMENSION)
    throw new CloudFault('ValidationException', `Only the scalable dimension ${DIMENSION} of the service namespace ecs is served here.`);
  const [kind, clusterName = '', service = ''] = ResourceId.split('/');
  const cluster = clusters.find(clusterName);
  const description = cluster === undefined || cluster.isDeleted ? undefined : describeService(cluster.world.state, service);
  if (kind !== 'service' || cluster === undefined || description?.status !== 'ACTIVE')
    throw new CloudFault('ValidationException', `ECS service doesn't exist: ${ResourceId}`);
  return { cluster, service };
}

function suspendedState(input: SuspendedInput): {
  readonly dynamicScalingInSuspended?: boolean;
  readonly dynamicScalingOutSuspended?: boolean;
  readonly scheduledScalingSuspended?: boolean;
} {
  const { DynamicScalingInSuspended: isIn, DynamicScalingOutSuspended: isOut, ScheduledScalingSuspended: isScheduled } = input;
  return {
    ...(isIn === undefined ? {} : { dynamicScalingInSuspended: isIn }),
    ...(isOut === undefined ? {} : { dynamicScalingOutSuspended: isOut }),
    ...(isScheduled === undefined ? {} : { scheduledScalingSuspended: isScheduled }),
  };
}

const DIMENSION = 'ecs:service:DesiredCount';

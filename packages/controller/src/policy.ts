import { servicesOf, type Unit } from './unit.ts';

export interface PolicyOptions {
  readonly units: readonly Unit[];
  readonly region: string;
  readonly account: string;
  /** ARNs of the target groups of the units; `*` in the place of the generated part is allowed. Empty where no unit has one. */
  readonly targetGroupArns: readonly string[];
  /** Where the memory is kept: the name of a table, or tags of the twin. */
  readonly memory: { readonly kind: 'table'; readonly table: string } | { readonly kind: 'tags' };
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * What the controller may do, and no more: it cannot change a primary service that has a twin, only the twin. A test holds that these are exactly the calls that
 * the code makes. What brings the events is not in it: a function has the managed policy `AWSLambdaSQSQueueExecutionRole` for that, a worker receives and
 * deletes messages of its queue.
 */
export function controllerPolicy({ units, region, account, targetGroupArns, memory }: PolicyOptions): {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
} {
  const arn = (service: string, rest: string): string => `arn:${partitionOf(region)}:${service}:${region}:${account}:${rest}`;
  const clusters = [...new Set(units.map(({ cluster }) => cluster))];
  const serviceArn = (cluster: string, service: string): string => arn('ecs', `service/${cluster}/${service}`);
  const twins = units.flatMap(({ cluster, fallback }) => (fallback.kind === 'twin' ? [serviceArn(cluster, fallback.service)] : []));
  const primaries = units.map(({ cluster, primary }) => serviceArn(cluster, primary));
  const services = units.flatMap((unit) => servicesOf(unit).map((service) => serviceArn(unit.cluster, service)));
  const holders = units.flatMap((unit) =>
    servicesOf(unit)
      .slice(-1)
      .map((service) => serviceArn(unit.cluster, service)),
  );
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'ReadServices', Effect: 'Allow', Action: ['ecs:DescribeServices'], Resource: services },
      ...(twins.length === 0 ? [] : [{ Sid: 'SizeTheTwin', Effect: 'Allow', Action: ['ecs:UpdateService'], Resource: twins } as const]),
      { Sid: 'ReadTasks', Effect: 'Allow', Action: ['ecs:DescribeTasks'], Resource: clusters.map((cluster) => arn('ecs', `task/${cluster}/*`)) },
      {
        // Has no resources of its own; the cluster is a condition (service authorization reference, Amazon ECS).
        Sid: 'ListTasks',
        Effect: 'Allow',
        Action: ['ecs:ListTasks'],
        Resource: ['*'],
        Condition: { ArnEquals: { 'ecs:cluster': clusters.map((cluster) => arn('ecs', `cluster/${cluster}`)) } },
      },
      ...(targetGroupArns.length === 0
        ? []
        : [
            { Sid: 'DeregisterTargets', Effect: 'Allow', Action: ['elasticloadbalancing:DeregisterTargets'], Resource: targetGroupArns } as const,
            // Knows no resources (service authorization reference, Elastic Load Balancing V2).
            { Sid: 'ReadTargets', Effect: 'Allow', Action: ['elasticloadbalancing:DescribeTargetHealth'], Resource: ['*'] } as const,
          ]),
      // Knows no resources (service authorization reference, Application Auto Scaling).
      { Sid: 'ReadScaling', Effect: 'Allow', Action: ['application-autoscaling:DescribeScalableTargets'], Resource: ['*'] },
      {
        Sid: 'Scaling',
        Effect: 'Allow',
        Action: ['application-autoscaling:RegisterScalableTarget'],
        // Scalable targets have generated names.
        Resource: [arn('application-autoscaling', 'scalable-target/*')],
        Condition: {
          StringEquals: {
            'application-autoscaling:service-namespace': ['ecs'],
            'application-autoscaling:scalable-dimension': ['ecs:service:DesiredCount'],
          },
        },
      },
      {
        // Application Auto Scaling asks, as the caller, whether the caller could do to the service what it is to do (its user guide, "Permissions validation
        // for Application Auto Scaling API calls on target resources"). A call of the controller's own is not that.
        Sid: 'ScalingMayAsk',
        Effect: 'Allow',
        Action: ['ecs:UpdateService'],
        Resource: primaries,
        Condition: { Bool: { 'aws:ViaAWSService': ['true'] } },
      },
      memory.kind === 'table'
        ? { Sid: 'Remember', Effect: 'Allow', Action: ['dynamodb:UpdateItem'], Resource: [arn('dynamodb', `table/${memory.table}`)] }
        : { Sid: 'Remember', Effect: 'Allow', Action: ['ecs:TagResource'], Resource: holders },
    ],
  };
}

/** AWS, its regions in China and GovCloud have names of their own in ARNs (AWS general reference, "Amazon Resource Names"). */
function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

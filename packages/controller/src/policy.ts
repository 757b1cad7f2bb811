import { servicesOf, type Unit } from './unit.ts';

export interface PolicyOptions {
  readonly units: readonly Unit[];
  readonly region: string;
  readonly account: string;
  /** ARNs of the target groups of the units; `*` in the place of the generated part is allowed. */
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
 * the code makes.
 */
export function controllerPolicy({ units, region, account, targetGroupArns, memory }: PolicyOptions): {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
} {
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
  const clusters = [...new Set(units.map(({ cluster }) => cluster))];
  const serviceArn = (cluster: string, service: string): string => arn('ecs', `service/${cluster}/${service}`);
  const twins = units.flatMap(({ cluster, fallback }) => (fallback.kind === 'twin' ? [serviceArn(cluster, fallback.service)] : []));
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
      { Sid: 'DeregisterTargets', Effect: 'Allow', Action: ['elasticloadbalancing:DeregisterTargets'], Resource: targetGroupArns },
      // Knows no resources (service authorization reference, Elastic Load Balancing V2).
      { Sid: 'ReadTargets', Effect: 'Allow', Action: ['elasticloadbalancing:DescribeTargetHealth'], Resource: ['*'] },
      {
        Sid: 'Scaling',
        Effect: 'Allow',
        Action: ['application-autoscaling:DescribeScalableTargets', 'application-autoscaling:RegisterScalableTarget'],
        Resource: ['*'],
      },
      memory.kind === 'table'
        ? { Sid: 'Remember', Effect: 'Allow', Action: ['dynamodb:UpdateItem'], Resource: [arn('dynamodb', `table/${memory.table}`)] }
        : { Sid: 'Remember', Effect: 'Allow', Action: ['ecs:TagResource'], Resource: holders },
    ],
  };
}

import { fullBucket, takeToken, type TokenBucket, type TokenBucketLimit } from './token-bucket.ts';

/** The buckets of one account in one region, as full as they are. A value: {@link takeApiToken} returns the next one. */
export type ApiBuckets = Readonly<Record<string, TokenBucket>>;

/** One group of actions that share a bucket. */
export interface ApiBucketGroup extends TokenBucketLimit {
  readonly name: string;
  readonly actions: readonly string[];
}

export interface ApiTake {
  readonly buckets: ApiBuckets;
  /** False: answer with a throttling error. Actions that no group names are never throttled. */
  readonly taken: boolean;
  readonly retryAfterMs: number;
}

/**
 * Counts one call of `action` at `now`.
 *
 * @param action `ecs:UpdateService`: the service's prefix in IAM and the action.
 * @param now Milliseconds on any clock that never goes back.
 */
export function takeApiToken(buckets: ApiBuckets, action: string, now: number): ApiTake {
  const group = GROUP_OF.get(action);
  if (group === undefined) return { buckets, taken: true, retryAfterMs: 0 };
  const { bucket, taken, retryAfterMs } = takeToken(buckets[group.name] ?? fullBucket(group, now), group, now);
  return { buckets: { ...buckets, [group.name]: bucket }, taken, retryAfterMs };
}

/** Every bucket is full. */
export const FULL_API_BUCKETS: ApiBuckets = {};

const ecs = (...actions: readonly string[]): readonly string[] => actions.map((action) => `ecs:${action}`);

/**
 * Per account and region (ECS API Reference, "Request throttling for the Amazon ECS API"; Elastic Load Balancing, "Throttling"). The bucket of the mutating
 * ELBv2 calls has no published figure: 20 and 5 a second are our judgement, smaller than the one for reading.
 */
export const API_BUCKET_GROUPS: readonly ApiBucketGroup[] = [
  { name: 'ecs service modify', burst: 50, perSecond: 5, actions: ecs('CreateService', 'UpdateService', 'DeleteService') },
  { name: 'ecs service read', burst: 100, perSecond: 20, actions: ecs('DescribeServices', 'ListServices') },
  {
    name: 'ecs service deployment read',
    burst: 50,
    perSecond: 20,
    actions: ecs('DescribeServiceDeployments', 'ListServiceDeployments', 'DescribeServiceRevisions'),
  },
  { name: 'ecs cluster resource read', burst: 100, perSecond: 20, actions: ecs('DescribeTasks', 'ListTasks') },
  { name: 'ecs cluster resource modify', burst: 100, perSecond: 40, actions: ecs('RunTask', 'StopTask') },
  { name: 'ecs task protection', burst: 200, perSecond: 80, actions: ecs('GetTaskProtection', 'UpdateTaskProtection') },
  { name: 'ecs tag resource', burst: 20, perSecond: 10, actions: ecs('TagResource', 'UntagResource') },
  { name: 'ecs cluster capacity providers', burst: 20, perSecond: 1, actions: ecs('PutClusterCapacityProviders') },
  { name: 'ecs register task definition', burst: 20, perSecond: 1, actions: ecs('RegisterTaskDefinition') },
  {
    name: 'elbv2 describe',
    burst: 40,
    perSecond: 10,
    actions: [
      'DescribeTargetHealth',
      'DescribeTargetGroups',
      'DescribeTargetGroupAttributes',
      'DescribeLoadBalancers',
      'DescribeLoadBalancerAttributes',
      'DescribeListeners',
      'DescribeRules',
      'DescribeTags',
    ].map((action) => `elasticloadbalancing:${action}`),
  },
  {
    name: 'elbv2 modify',
    burst: 20,
    perSecond: 5,
    actions: ['RegisterTargets', 'DeregisterTargets', 'ModifyTargetGroup', 'ModifyTargetGroupAttributes'].map(
      (action) => `elasticloadbalancing:${action}`,
    ),
  },
];

const GROUP_OF: ReadonlyMap<string, ApiBucketGroup> = new Map(
  API_BUCKET_GROUPS.flatMap((group) => group.actions.map((action) => [action, group] as const)),
);

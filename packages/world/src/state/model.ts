import { CapacityPools } from './capacity-pools.ts';
import type { ClusterConfig, CompleteConfig } from '../spec/config.ts';
import type { WorldEffect } from '../spec/effects.ts';
import { PickableSet } from '../pickable-set.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import { createRandom, type Random } from '../random.ts';
import type { Registration, ServiceRecord, TargetGroupRecord, TaskRecord } from './records.ts';
import { fullBucket, type TokenBucket, type TokenBucketLimit } from '../throttle/token-bucket.ts';
import { Timers } from '../timers.ts';

/** What a world is made of, changed in place by the files of this package and by nothing else. */
export interface Model {
  readonly config: CompleteConfig;
  cluster: ClusterConfig;
  now: number;
  /** Every task there is, and those that stopped not long ago, by id. */
  readonly tasks: Map<string, TaskRecord>;
  readonly services: Map<string, ServiceRecord>;
  readonly targetGroups: Map<string, TargetGroupRecord>;
  /** Spot tasks that are RUNNING and wanted. */
  readonly spotRunning: PickableSet<TaskRecord>;
  readonly pools: CapacityPools;
  readonly launchBuckets: Record<CapacityProvider, TokenBucket>;
  /** CPU units of all tasks that are not STOPPED, for each provider. */
  readonly cpuInUse: Record<CapacityProvider, number>;
  readonly timers: Timers<Job>;
  /** Services whose scheduler has something to look at before the step ends. */
  readonly dirty: Set<ServiceRecord>;
  /** Services that wait for a launch token of the provider. */
  readonly awaitingToken: Record<CapacityProvider, Set<ServiceRecord>>;
  tasksLaunched: number;
  /** Names deployments, events and messages. */
  sequence: number;
  /** One stream per concern: one more draw for one of them leaves the others as they were. */
  readonly chance: {
    readonly choice: Random;
    readonly order: Random;
    readonly lag: Random;
    readonly delay: Random;
    readonly reclaim: Random;
    readonly ids: Random;
  };
  /** Instants as text; see `timestamps.ts`. */
  readonly isoTimes: Map<number, string>;
  /** What the step under way has brought about so far. */
  effects: WorldEffect[];
}

export type Job =
  | { readonly type: TaskJobType; readonly task: TaskRecord }
  | { readonly type: 'schedule'; readonly service: ServiceRecord }
  | { readonly type: 'still-steady'; readonly service: ServiceRecord; readonly number: number }
  | { readonly type: 'launch-token'; readonly provider: CapacityProvider }
  | { readonly type: 'drained'; readonly registration: Registration };

export type TaskJobType =
  | 'provisioned'
  | 'placed'
  | 'started'
  | 'healthy'
  | 'grace-over'
  | 'interrupt'
  | 'deregister'
  | 'sigterm'
  | 'sigkill'
  | 'exited'
  | 'killed'
  | 'deprovisioned'
  | 'forget'
  | 'protection-over';

/** Tasks that one account may launch on each provider (Amazon ECS, "AWS Fargate throttling quotas"): 100 at once, then 20 a second. */
export const LAUNCH_RATE: TokenBucketLimit = { burst: 100, perSecond: 20 };

export function createModel(config: CompleteConfig): Model {
  const stream = (name: string): Random => createRandom(config.seed, name);
  return {
    config,
    cluster: config.cluster,
    now: Number.NEGATIVE_INFINITY,
    tasks: new Map(),
    services: new Map(),
    targetGroups: new Map(),
    spotRunning: new PickableSet(),
    pools: new CapacityPools(),
    launchBuckets: { FARGATE: fullBucket(LAUNCH_RATE, 0), FARGATE_SPOT: fullBucket(LAUNCH_RATE, 0) },
    cpuInUse: { FARGATE: 0, FARGATE_SPOT: 0 },
    timers: new Timers(),
    dirty: new Set(),
    awaitingToken: { FARGATE: new Set(), FARGATE_SPOT: new Set() },
    tasksLaunched: 0,
    sequence: 0,
    chance: {
      choice: stream('interrupted-tasks'),
      order: stream('interruption-order'),
      lag: stream('node-lag'),
      delay: stream('task-delays'),
      reclaim: stream('reclaim'),
      ids: stream('ids'),
    },
    isoTimes: new Map(),
    effects: [],
  };
}

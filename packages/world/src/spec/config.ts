import { SpotproofError } from '@spotproof/core';
import type { CapacityProvider, CapacityProviderStrategyItem } from './strategy.ts';
import type { Deregistration } from './interruption-order.ts';

/** The cloud that a world is, and how it behaves. Every time is in milliseconds; everything but the seed has a default. */
export interface WorldConfig {
  /** The same seed and the same inputs at the same times give the same effects. */
  readonly seed: number;
  readonly cluster?: ClusterConfig;
  /** Load balancer nodes, each of which learns of a deregistration by itself. 1 or more; default 2. */
  readonly nodes?: number;
  /** How late a node learns of a deregistration: drawn for each node between 0 and this. Default 0. */
  readonly maxNodeLagMs?: number;
  /** What a Spot interruption does to the target registration. Default: the profile `current`. */
  readonly deregistration?: Deregistration;
  /** When the scheduler replaces an interrupted task. Default `at-notice`: ECS starts trying at the notice (Fargate capacity providers page). */
  readonly replacement?: Replacement;
  readonly delays?: TaskDelays;
  /** Who plays the containers: `driven` (default) waits for `task-started` and `task-exited`; a model answers by itself. */
  readonly containers?: 'driven' | ModelledContainers;
  /**
   * From RUNNING to passing the target group's health check, drawn for each task; default at once. `told`: only the input `target-health` says so.
   * What `target-health` says holds in either case.
   */
  readonly healthyAfterMs?: DelayRange | 'told';
  readonly scheduler?: Partial<SchedulerPace>;
  /** Quota of vCPUs that may run at once, for each provider; undefined for none. */
  readonly quotas?: Readonly<Partial<Record<CapacityProvider, number>>>;
  /** `counted` (default): `task-1`, `task-2`. `random`: 32 hexadecimal digits, as in AWS. */
  readonly taskIds?: 'counted' | 'random';
  /** Whether EventBridge events are among the effects. Default true; a simulation that reads none is faster without. */
  readonly events?: boolean;
}

export type Replacement = 'at-notice' | 'after-stopped';

/** The cluster and where it stands. */
export interface ClusterConfig {
  readonly name: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** The Availability Zones there are. At least one. */
  readonly zones: readonly string[];
  /** The capacity providers that are associated with the cluster. */
  readonly capacityProviders: readonly CapacityProvider[];
  readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  /** What the clock's 0 is in milliseconds since 1970. */
  readonly epochMs: number;
}

/** How long a task stays in the states that the cloud decides about, drawn for each task; both ends included. */
export interface TaskDelays {
  readonly provisioningMs: DelayRange;
  readonly pendingMs: DelayRange;
  readonly deprovisioningMs: DelayRange;
}

export type DelayRange = readonly [min: number, max: number];

/** Containers that the world plays itself. */
export interface ModelledContainers {
  /** From ACTIVATING to RUNNING: image pull and start. */
  readonly startMs: DelayRange;
  /** From SIGTERM to the exit; `never`: only SIGKILL ends them. */
  readonly exitMs: DelayRange | 'never';
}

/** What AWS publishes no figure for. Each default is our own judgement. */
export interface SchedulerPace {
  /** The scheduler's first wait after it found no capacity; it doubles each time. Default 5 s. */
  readonly placementRetryMs: number;
  /** The longest such wait. Default 30 s; 15 min is the pessimistic reading of "Service throttle logic". */
  readonly placementRetryMaxMs: number;
  /** How often a service that stays as it should be says so again. Default 6 h. */
  readonly steadyStateEveryMs: number;
  /** How long a service must be out of balance over its zones before it is rebalanced. Default 5 min. */
  readonly rebalanceAfterMs: number;
  /** How long a stopped task can still be described. Default 1 h (DescribeTasks: "at least one hour"). */
  readonly stoppedKeptMs: number;
}

export const NO_DELAYS: TaskDelays = { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: [0, 0] };

export const DEFAULT_CLUSTER: ClusterConfig = {
  name: 'default',
  region: 'us-east-1',
  account: '111122223333',
  zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
  defaultCapacityProviderStrategy: [],
  epochMs: 0,
};

/** A config with nothing left open. */
export interface CompleteConfig extends Required<WorldConfig> {
  readonly scheduler: SchedulerPace;
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function completeConfig(config: WorldConfig): CompleteConfig {
  const complete: CompleteConfig = {
    cluster: DEFAULT_CLUSTER,
    nodes: 2,
    maxNodeLagMs: 0,
    deregistration: { kind: 'profile', profile: 'current' },
    replacement: 'at-notice',
    delays: NO_DELAYS,
    containers: 'driven',
    healthyAfterMs: [0, 0],
    quotas: {},
    taskIds: 'counted',
    events: true,
    ...config,
    scheduler: { ...DEFAULT_PACE, ...config.scheduler },
  };
  checkConfig(complete);
  return complete;
}

function checkConfig(config: CompleteConfig): void {
  checkWhole('seed', config.seed, Number.MIN_SAFE_INTEGER);
  checkWhole('nodes', config.nodes, 1);
  checkWhole('maxNodeLagMs', config.maxNodeLagMs, 0);
  if (config.cluster.zones.length === 0) throw invalid('cluster.zones', 'at least one Availability Zone', 'none');
  if (config.deregistration.kind === 'after-sigterm') checkWhole('deregistration.delayMs', config.deregistration.delayMs, Number.MIN_SAFE_INTEGER);
  for (const [name, range] of Object.entries(config.delays)) checkRange(`delays.${name}`, range);
  if (config.healthyAfterMs !== 'told') checkRange('healthyAfterMs', config.healthyAfterMs);
  if (config.containers !== 'driven') {
    checkRange('containers.startMs', config.containers.startMs);
    if (config.containers.exitMs !== 'never') checkRange('containers.exitMs', config.containers.exitMs);
  }
  for (const [name, value] of Object.entries(config.scheduler)) checkWhole(`scheduler.${name}`, value, 1);
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` unless both ends are whole numbers from 0, the first not above the second. */
export function checkRange(option: string, [min, max]: DelayRange): void {
  checkWhole(`${option}[0]`, min, 0);
  checkWhole(`${option}[1]`, max, min);
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` unless `value` is a whole number of `min` or more. */
export function checkWhole(option: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw invalid(option, `a whole number${min === Number.MIN_SAFE_INTEGER ? '' : ` of ${min} or more`}`, String(value));
}

export function invalid(option: string, expected: string, got: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${got}. Correct the value.`, {
    details: { option, got },
  });
}

const DEFAULT_PACE: SchedulerPace = {
  placementRetryMs: 5000,
  placementRetryMaxMs: 30_000,
  steadyStateEveryMs: 6 * 3_600_000,
  rebalanceAfterMs: 300_000,
  stoppedKeptMs: 3_600_000,
};

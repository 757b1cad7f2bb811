import type { CapacityProvider, CapacityProviderStrategyItem, ProviderShare } from '../spec/strategy.ts';
import type { DeploymentConfiguration, LoadBalancer, TargetGroupSpec, TaskDefinition } from '../spec/service.ts';
import type { StopReason, TaskState } from '../spec/task-states.ts';
import type { TargetRegistration, TaskHealth } from '../spec/task.ts';

/** What the model keeps of each thing, changed in place. Nothing outside this package writes to them. */

export interface TaskRecord {
  readonly id: string;
  /** The how-manieth task of the world, from 1. */
  readonly number: number;
  readonly owner: ServiceRecord | undefined;
  readonly deployment: DeploymentRecord | undefined;
  readonly service: string | undefined;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly provider: CapacityProvider;
  readonly zone: string;
  readonly taskDefinition: TaskDefinition;
  readonly replaces: string | undefined;
  readonly createdAt: number;
  /** Where its service counts it; undefined for a task without a service. */
  readonly pool: TaskPool | undefined;
  place: TaskPlace;
  state: TaskState;
  stop: StopReason | undefined;
  target: TargetRegistration;
  registrations: readonly Registration[];
  health: TaskHealth;
  exited: boolean;
  exitCode: number | undefined;
  ran: boolean;
  version: number;
  startedAt: number | undefined;
  stoppingAt: number | undefined;
  executionStoppedAt: number | undefined;
  stoppedAt: number | undefined;
  /** Set while scale-in and deployments must leave it alone. */
  protectedUntil: number | undefined;
}

/**
 * `starting` until it runs · `serving` RUNNING, healthy or not known yet · `unhealthy` RUNNING and to be replaced · `held` interrupted, and its replacement
 * waits until it is STOPPED · `gone` no longer counted.
 */
export type TaskPlace = 'starting' | 'serving' | 'unhealthy' | 'held' | 'gone';

/** The tasks of one deployment on one provider in one zone. */
export interface TaskPool {
  readonly provider: CapacityProvider;
  readonly zone: string;
  readonly starting: Set<TaskRecord>;
  readonly serving: Set<TaskRecord>;
  readonly unhealthy: Set<TaskRecord>;
  held: number;
  /** How many of `serving` are HEALTHY. */
  healthy: number;
}

export interface DeploymentRecord {
  readonly id: string;
  status: 'PRIMARY' | 'ACTIVE';
  readonly revision: Revision;
  readonly createdAt: number;
  updatedAt: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  failedTasks: number;
  /** One of its tasks was RUNNING: the first stage of the circuit breaker is over. */
  ran: boolean;
  readonly pools: TaskPool[];
  /** How many of its tasks are not STOPPED. */
  live: number;
  /** The desired count that `shares` were made for. */
  sharesOf: number;
  shares: readonly ProviderShare[];
  /** More tasks than desired, wanted in weak zones until the strong ones may give theirs up. */
  readonly rebalancing: Map<CapacityProvider, number>;
  /** Tasks that were lost and not replaced yet, for each provider, oldest first. */
  readonly lost: Map<CapacityProvider, string[]>;
}

/** What a deployment rolls out. */
export interface Revision {
  readonly taskDefinition: TaskDefinition;
  readonly launchType: 'FARGATE' | undefined;
  readonly strategy: readonly CapacityProviderStrategyItem[];
  readonly zones: readonly string[];
  readonly loadBalancers: readonly LoadBalancer[];
}

export interface ServiceRecord {
  readonly name: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly createdAt: number;
  desiredCount: number;
  revision: Revision;
  deploymentConfiguration: DeploymentConfiguration;
  healthCheckGracePeriodMs: number;
  availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  /** The newest first; there is always a PRIMARY one. */
  readonly deployments: DeploymentRecord[];
  /** The deployment that completed last: what a rollback goes back to. */
  completed: DeploymentRecord | undefined;
  /** Every task that is not STOPPED. */
  readonly tasks: Set<TaskRecord>;
  /** How many of `tasks` are RUNNING, and how many are not yet. */
  runningCount: number;
  pendingCount: number;
  /** How many of `tasks` have been told to stop or have ended. */
  stoppingCount: number;
  /** Tasks in a row that ended before they ran. */
  failedStarts: number;
  /** No task is started before this: the scheduler's throttle. */
  launchAt: number;
  readonly blocked: Map<CapacityProvider, { retryAt: number; delayMs: number }>;
  steady: boolean;
  /** How many steady states there have been: tells the timer of this one from that of an earlier. */
  steadyStates: number;
  /** Since when its zones have been out of balance. */
  unbalancedSince: number | undefined;
  isRebalancing: boolean;
  readonly messages: ServiceMessage[];
  scalable: ScalableRecord | undefined;
}

export interface ServiceMessage {
  readonly id: string;
  readonly at: number;
  readonly message: string;
}

export interface ScalableRecord {
  minCapacity: number;
  maxCapacity: number;
  dynamicScalingInSuspended: boolean;
  dynamicScalingOutSuspended: boolean;
  scheduledScalingSuspended: boolean;
}

export interface TargetGroupRecord {
  readonly name: string;
  spec: TargetGroupSpec;
  readonly registrations: Set<Registration>;
}

/** One task in one target group. */
export interface Registration {
  readonly group: TargetGroupRecord;
  readonly task: TaskRecord;
  readonly port: number;
  health: 'initial' | 'healthy' | 'unhealthy';
  /** When it stops to show as `draining`; undefined while registered. */
  drainsUntil: number | undefined;
}

import type { StrategyItem } from '@spotproof/core/capacity';
import type { TaskEnding } from '@spotproof/core/events';
import type { Addresses } from './addresses.ts';

/**
 * What the controller asks of AWS. Every call may throw a `SpotproofError` with the code `SPOTPROOF_CLOUD`, retryable or not. What writes under a lease
 * has a signal: nothing is sent once that is aborted, no repetition neither.
 */
export interface Cloud {
  /** Services that do not exist are left out; deleted ones come as INACTIVE for a while. At most ten. */
  describeServices(cluster: string, services: readonly string[]): Promise<readonly ServiceReading[]>;
  /** Tasks of a service by what is wanted of them. STOPPED gives those that stop and those that stopped within about an hour. */
  listTasks(cluster: string, service: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<readonly TaskReading[]>;
  describeTargets(targetGroupArn: string): Promise<readonly TargetReading[]>;
  /** Succeeds for targets that are unknown, too. */
  deregisterTargets(targetGroupArn: string, targets: readonly TargetAddress[]): Promise<void>;
  setDesiredCount(cluster: string, service: string, count: number, signal: AbortSignal): Promise<void>;
  /** Undefined when Application Auto Scaling does not know the service. */
  describeScaling(cluster: string, service: string): Promise<ScalingReading | undefined>;
  suspendScaleIn(cluster: string, service: string, isSuspended: boolean, signal: AbortSignal): Promise<void>;
  /** Lifts the desired count to it at once, where it is lower. */
  setMinCapacity(cluster: string, service: string, minCapacity: number, signal: AbortSignal): Promise<void>;
}

export interface ServiceReading {
  readonly name: string;
  readonly arn: string;
  /** ACTIVE, DRAINING or INACTIVE. */
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly isRollingOut: boolean;
  /** Empty for a service with a launch type. */
  readonly strategy: readonly StrategyItem<string>[];
  readonly targetGroups: readonly { readonly arn: string; readonly containerPort: number }[];
  readonly tags: Readonly<Record<string, string>>;
  /** What the scheduler says, newest first; epoch milliseconds. */
  readonly messages: readonly { readonly at: number; readonly text: string }[];
}

export interface TaskReading extends TaskEnding, Addresses {
  readonly arn: string;
  readonly lastStatus: string;
  readonly capacityProviderName: string | undefined;
  /** Epoch milliseconds, as are the others. */
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly stoppingAt: number | undefined;
  /** Of its containers: HEALTHY, UNHEALTHY, or UNKNOWN where there is no check. */
  readonly healthStatus: string;
}

export interface TargetAddress {
  readonly id: string;
  readonly port: number;
}

export interface TargetReading extends TargetAddress {
  /** Such as `healthy` or `draining`. */
  readonly state: string;
}

export interface ScalingReading {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly isScaleInSuspended: boolean;
}

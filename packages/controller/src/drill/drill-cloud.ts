import type { Cloud, TaskReading } from '../cloud.ts';

/**
 * What a drill asks of AWS: the readings of the controller, a closer look at tasks, and the one thing that it changes. Apart from the controller's own
 * calls, so that its role never has to be granted StopTask. Every call may throw a `SpotproofError` with the code `SPOTPROOF_CLOUD`.
 */
export interface DrillCloud extends Pick<Cloud, 'describeServices' | 'describeTargets'> {
  /** Undefined when there is no such cluster. */
  describeCluster(cluster: string): Promise<ClusterReading | undefined>;
  /** The tasks of a service that shall run. */
  listTaskArns(cluster: string, service: string): Promise<readonly string[]>;
  /** Those that AWS does not know any more are left out. */
  describeTasks(cluster: string, arns: readonly string[]): Promise<readonly DrillTask[]>;
  /** One for each container, in seconds; 30 where the definition does not say. */
  describeStopTimeouts(taskDefinitionArn: string): Promise<readonly StopTimeout[]>;
  /** Seconds. */
  describeDeregistrationDelay(targetGroupArn: string): Promise<number>;
  /** Stops a task. The reason becomes its `stoppedReason`, its `stopCode` is `UserInitiated` (ECS API reference, StopTask). */
  stopTask(cluster: string, taskArn: string, reason: string): Promise<void>;
}

export interface ClusterReading {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface DrillTask extends TaskReading {
  readonly taskDefinitionArn: string;
  /** When its containers had ended; epoch milliseconds, as AWS says. */
  readonly executionStoppedAt: number | undefined;
  readonly stoppedAt: number | undefined;
  readonly containers: readonly ContainerReading[];
}

export interface ContainerReading {
  readonly name: string;
  /** Undefined while it runs. */
  readonly exitCode: number | undefined;
  /** What ECS says besides, such as `OutOfMemoryError: …`. */
  readonly reason: string | undefined;
}

export interface StopTimeout {
  readonly container: string;
  readonly seconds: number;
}

import type { CapacityProvider } from './strategy.ts';
import type { StopReason, TaskState } from './task-states.ts';

/** One task as the control plane knows it. A live view: copy what you keep over a step. */
export interface Task {
  readonly id: string;
  /** The service that it belongs to; undefined for one that was started with `run-tasks`. */
  readonly service: string | undefined;
  readonly provider: CapacityProvider;
  readonly zone: string;
  readonly state: TaskState;
  /** The task that this one was started to replace. */
  readonly replaces: string | undefined;
  /** Set once the task has been told to stop or has ended; the first reason is kept. */
  readonly stop: StopReason | undefined;
  readonly target: TargetRegistration;
  readonly health: TaskHealth;
  /** Its containers have ended. */
  readonly exited: boolean;
  /** It was RUNNING at some time. */
  readonly ran: boolean;
  /** Goes up with every change of `state` or of what ECS wants of the task, as in its events. */
  readonly version: number;
}

/** `healthStatus` of ECS, made from what the target groups say. */
export type TaskHealth = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';

/**
 * `none` not registered yet, or never · `registered` · `due` to be deregistered at a known time · `at-stopped` to be deregistered when the task
 * is STOPPED · `forgotten` nobody will ever deregister it · `deregistered`.
 */
export type TargetRegistration = 'none' | 'registered' | 'due' | 'at-stopped' | 'forgotten' | 'deregistered';

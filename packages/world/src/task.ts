import type { StopReason, TaskState } from './task-states.ts';

/** One task as the control plane knows it. */
export interface Task {
  readonly id: string;
  readonly state: TaskState;
  /** The task that this one was started to replace. */
  readonly replaces: string | undefined;
  /** Set once the task has been told to stop or has ended; the first reason is kept. */
  readonly stop: StopReason | undefined;
  readonly target: TargetRegistration;
  /** Its containers have ended. */
  readonly exited: boolean;
  /** It was RUNNING at some time. */
  readonly ran: boolean;
}

/**
 * `none` not registered yet, or never · `registered` · `due` to be deregistered at a known time · `at-stopped` to be deregistered when the task
 * is STOPPED · `forgotten` nobody will ever deregister it · `deregistered`.
 */
export type TargetRegistration = 'none' | 'registered' | 'due' | 'at-stopped' | 'forgotten' | 'deregistered';

/**
 * The states of a task in Amazon ECS, in order (ECS developer guide, "Amazon ECS task lifecycle"). A task only ever moves forward;
 * it may skip states. `DELETED` is left out: it shows in `describe-tasks` only.
 */
export const TASK_STATES = ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** True when `later` comes after `earlier` in the life of a task. */
export function isLaterState(later: TaskState, earlier: TaskState): boolean {
  return TASK_STATES.indexOf(later) > TASK_STATES.indexOf(earlier);
}

/** Why a task stops, by the codes of the ECS API (`TaskStopCode`), as far as the model has them. */
export type StopCode = 'SpotInterruption' | 'ServiceSchedulerInitiated' | 'UserInitiated' | 'EssentialContainerExited' | 'TaskFailedToStart';

export interface StopReason {
  readonly code: StopCode;
  /** The sentence that ECS shows as `stoppedReason`. */
  readonly reason: string;
}

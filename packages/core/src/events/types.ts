import type { DeploymentStateChange } from './deployment-state-change.ts';
import type { ScheduleTick } from './schedule-tick.ts';
import type { ServiceAction } from './service-action.ts';
import type { TaskStateChange } from './task-state-change.ts';

export type EcsEvent = TaskStateChange | ServiceAction | DeploymentStateChange | ScheduleTick | NoopEvent;

/** Nothing to act on. Never an error: AWS adds kinds and fields at any time, and a rule may be wider than what we handle. */
export interface NoopEvent {
  readonly kind: 'noop';
  readonly why: NoopReason;
  /** What was expected and what came, for a log. */
  readonly explanation: string;
}

/**
 * `foreign`: not from Amazon ECS · `unknown-kind`: from ECS, of a kind or about a thing that we do not handle · `malformed`: a kind that we
 * handle, without what it must have.
 */
export type NoopReason = 'foreign' | 'unknown-kind' | 'malformed';

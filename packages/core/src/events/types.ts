import type { DeploymentStateChange } from './deployment-state-change.ts';
import type { ServiceAction } from './service-action.ts';
import type { TaskStateChange } from './task-state-change.ts';

/** What every event has, whatever it is about. */
export interface EventEnvelope {
  /** `id`: the same for each delivery of one event. */
  readonly id: string;
  /** `time`, epoch milliseconds. EventBridge writes whole seconds. */
  readonly at: number;
  readonly account: string;
  readonly region: string;
}

export type EcsEvent = TaskStateChange | ServiceAction | DeploymentStateChange | NoopEvent;

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

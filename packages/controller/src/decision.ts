import type { CapacityAction, CapacityFigures, CapacityState } from '@spotproof/core/capacity';
import type { NoopReason } from '@spotproof/core/events';

/** One thing that the controller decided, as it is logged and measured. Frozen names and closed sets: dashboards are built on them. */
export type Decision = ReconcileDecision | DeregisterDecision | SkipDecision;

export interface ReconcileDecision {
  readonly type: 'reconcile';
  readonly at: number;
  readonly unit: string;
  readonly state: CapacityState;
  readonly previousState: CapacityState | undefined;
  readonly figures: CapacityFigures & { readonly serving: number; readonly young: number; readonly desired: number; readonly twin: number };
  /** What keeps the fallback from being released, if anything does. */
  readonly frozenBy: 'pause-tag' | 'deployment' | undefined;
  readonly actions: readonly { readonly action: CapacityAction; readonly outcome: ActionOutcome; readonly problem: string | undefined }[];
  /** Since the unit was last at strength, milliseconds; set when it has come back to it. */
  readonly timeToStrengthMs: number | undefined;
}

/** `not-done`: an earlier one failed, or the time to act was over. */
export type ActionOutcome = 'done' | 'dry-run' | 'failed' | 'not-done';

/** An interrupted task was looked for in a target group. */
export interface DeregisterDecision {
  readonly type: 'deregister';
  readonly at: number;
  readonly unit: string;
  readonly taskArn: string;
  readonly targetGroupArn: string;
  /** `aws-was-first`: its target was draining or gone already · `held-back`: nothing else would be left to serve. */
  readonly outcome: 'deregistered' | 'aws-was-first' | 'held-back' | 'dry-run';
  /** From the time in the event, which is in whole seconds. */
  readonly delayMs: number;
  readonly problem: string | undefined;
}

/** Something that was not acted on, and why. */
export interface SkipDecision {
  readonly type: 'skip';
  readonly at: number;
  readonly unit: string | undefined;
  readonly why: SkipReason;
  readonly problem: string | undefined;
}

/**
 * `stale`: an interruption that is longer ago than a task can live on, or of a task that has stopped · `twin-unfit`: a twin on Spot, or behind nothing that the primary is behind · `not-a-unit`: a service that nobody configured · `service-missing`: deleted, or
 * named wrongly · `targets-unknown`: a target group that does not know any of its tasks, so that nothing is known of their health · `not-scalable`, `no-on-demand-share`: a service that cannot be its own fallback · `busy`: another reconcile of the unit runs still · `clock-skew`: what is
 * remembered is from later than now, and was taken to be from now · `cloud-refused`: an AWS call failed.
 */
export type SkipReason =
  | NoopReason
  | 'not-json'
  | 'stale'
  | 'not-a-unit'
  | 'service-missing'
  | 'twin-unfit'
  | 'targets-unknown'
  | 'not-scalable'
  | 'no-on-demand-share'
  | 'no-address'
  | 'busy'
  | 'clock-skew'
  | 'cloud-refused';

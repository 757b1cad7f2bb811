/** Target states of Elastic Load Balancing (`TargetHealthStateEnum`) as far as an Application Load Balancer has them. */
export type HealthState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';

/** Why a target is in its state (`TargetHealthReasonEnum`); a healthy target has no reason. */
export type HealthReason =
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.DeregistrationInProgress'
  | 'Target.NotRegistered';

/** What one health check found. `failed`: no connection, or no HTTP answer. */
export type CheckResult = 'passed' | 'code-mismatch' | 'timed-out' | 'failed';

export type RoutingAlgorithm = 'round_robin' | 'least_outstanding_requests';

/** Attributes of a target group, by the names of Elastic Load Balancing. AWS's ranges are not enforced: a lab runs them shorter. */
export interface TargetGroupOptions {
  readonly algorithm: RoutingAlgorithm;
  /** `HealthCheckIntervalSeconds`. Above 0. */
  readonly healthCheckIntervalMs: number;
  /** `HealthyThresholdCount`: passes in a row that make an unhealthy target healthy. 1 or more. */
  readonly healthyThreshold: number;
  /** `UnhealthyThresholdCount`: failures in a row that make a target unhealthy. 1 or more. */
  readonly unhealthyThreshold: number;
  /** `deregistration_delay.timeout_seconds`. 0 or more. */
  readonly deregistrationDelayMs: number;
  /** `target_group_health.unhealthy_state_routing.minimum_healthy_targets.count`. Default 1. */
  readonly minimumHealthyTargets?: number;
  /** Seeds the moment of each target's first check within the interval. Default 1. */
  readonly seed?: number;
  /** Names the node, so that nodes with one seed check at different moments. Default `node`. */
  readonly node?: string;
}

/** One target as one node sees it. */
export interface Target {
  readonly id: string;
  /** Tells this registration from an earlier one of the same id. */
  readonly registration: number;
  readonly state: HealthState;
  readonly reason: HealthReason | undefined;
  /** Checks in a row with the same result so far; one of the two is always 0. */
  readonly passes: number;
  readonly failures: number;
  /** Requests that were routed to it and have not ended. */
  readonly outstanding: number;
  /** When the next health check is due. Infinity while one is out, and for draining targets. */
  readonly nextCheckAt: number;
  /** When the check that is out, or the last one, was sent. */
  readonly lastCheckAt: number | undefined;
  /** When the deregistration delay elapses; undefined unless draining. */
  readonly drainEndsAt: number | undefined;
  /** True once a draining target's last request ended: the deregistration is complete, though the state still says `draining`. */
  readonly drained: boolean;
}

/** Which registered targets get new requests; see `routing-mode.ts`. */
export type RoutingMode = 'healthy' | 'fail-open' | 'initial' | 'none';

/** A target group as one node sees it. A value: `stepTargetGroup`, `routeRequest` and `endRequest` return the next one. */
export interface TargetGroup {
  readonly options: Required<TargetGroupOptions>;
  /** In order of registration. */
  readonly targets: readonly Target[];
  readonly mode: RoutingMode;
  /** Index of the target that was picked last. */
  readonly cursor: number;
  /** How many registrations there have been. */
  readonly registrations: number;
}

/** What happens to a target group. `at` is milliseconds on the caller's clock and must not go backwards. */
export type TargetGroupInput =
  | { readonly type: 'register'; readonly at: number; readonly targetId: string }
  | { readonly type: 'deregister'; readonly at: number; readonly targetId: string }
  | {
      readonly type: 'check-ended';
      readonly at: number;
      readonly targetId: string;
      readonly registration: number;
      readonly result: CheckResult;
    }
  /** Time has passed: due checks and elapsed delays become effects. Deliver it at `nextTargetGroupWakeAt` or later. */
  | { readonly type: 'tick'; readonly at: number };

/** What the driver has to do, or may want to tell. */
export type TargetGroupEffect =
  | {
      readonly type: 'state-changed';
      readonly targetId: string;
      readonly registration: number;
      readonly state: HealthState;
      readonly reason: HealthReason | undefined;
    }
  /** Send a health check on a connection of its own and come back with `check-ended`. */
  | { readonly type: 'check'; readonly targetId: string; readonly registration: number }
  /** A draining target has no request left: its connections may be closed. Once for a registration. */
  | { readonly type: 'deregistration-completed'; readonly targetId: string; readonly registration: number }
  /** The deregistration delay elapsed with this many requests still out: end them with a 502. */
  | { readonly type: 'cut'; readonly targetId: string; readonly registration: number; readonly outstanding: number }
  /** The id is draining; it cannot be registered again before its delay has elapsed. */
  | { readonly type: 'registration-refused'; readonly targetId: string; readonly until: number };

export interface TargetGroupStep {
  readonly group: TargetGroup;
  readonly effects: readonly TargetGroupEffect[];
}

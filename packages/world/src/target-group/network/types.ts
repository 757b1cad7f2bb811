import type { CheckResult } from '../types.ts';

/**
 * Attributes of a target group behind a Network Load Balancer, by the names of Elastic Load Balancing. AWS's ranges are not enforced: a lab runs them shorter. Times in
 * milliseconds.
 */
export interface NetworkTargetGroupOptions {
  /** `HealthCheckIntervalSeconds`. Above 0. */
  readonly healthCheckIntervalMs: number;
  /** `HealthyThresholdCount`: passes in a row that make a target healthy; the first pass of a new one is enough. 1 or more. */
  readonly healthyThreshold: number;
  /** `UnhealthyThresholdCount`. 1 or more. */
  readonly unhealthyThreshold: number;
  /** `deregistration_delay.timeout_seconds`. 0 or more. */
  readonly deregistrationDelayMs: number;
  /** `deregistration_delay.connection_termination.enabled`: cut what is still open when the delay is over. Default false. */
  readonly terminatesAfterDelay?: boolean;
  /** `target_health_state.unhealthy.connection_termination.enabled`: reset the connections of a target that becomes unhealthy. Default true. */
  readonly terminatesUnhealthy?: boolean;
  /**
   * How long a deregistered target goes on getting new connections, drawn for each registration. Default 0 to 120 s: AWS recommends a deregistration delay of at least
   * 120 s, and users measured about that whatever the delay was (containers-roadmap #470, 2023-08-31).
   */
  readonly newConnectionsMs?: readonly [min: number, max: number];
  /** The TCP idle timeout: a connection that is silent for so long is reset. Default 350 s. */
  readonly idleTimeoutMs?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Names the node, so that nodes with one seed draw apart. Default `node`. */
  readonly node?: string;
}

/** One target as one node sees it. */
export interface NetworkTarget {
  readonly id: string;
  /** Tells this registration from an earlier one of the same id. */
  readonly registration: number;
  /** `unused` here: the delay is over, yet new connections may still arrive. */
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';
  /** Whether its last checks let it have new connections; apart from `state`, for a draining target is still checked. */
  readonly isHealthy: boolean;
  /** Checks in a row with the same result so far; one of the two is always 0. */
  readonly passes: number;
  readonly failures: number;
  /** When the next health check is due. Infinity while one is out. */
  readonly nextCheckAt: number;
  readonly lastCheckAt: number | undefined;
  /** When the deregistration delay is over; undefined unless deregistered. */
  readonly drainEndsAt: number | undefined;
  /** Until when a deregistered target gets new connections; undefined unless deregistered. */
  readonly newUntil: number | undefined;
}

/** One flow. It stays with its target whatever becomes of that. */
export interface NetworkConnection {
  readonly id: string;
  readonly targetId: string;
  readonly registration: number;
  readonly lastActiveAt: number;
}

/** A target group as one node sees it. A value: `stepNetworkTargetGroup` returns the next one. */
export interface NetworkTargetGroup {
  readonly options: Required<NetworkTargetGroupOptions>;
  readonly targets: readonly NetworkTarget[];
  readonly connections: readonly NetworkConnection[];
  /** How many registrations there have been. */
  readonly registrations: number;
}

/** What happens to it. `at` is milliseconds on the caller's clock and must not go backwards. */
export type NetworkTargetGroupInput =
  | { readonly type: 'register' | 'deregister'; readonly at: number; readonly targetId: string }
  | { readonly type: 'check-ended'; readonly at: number; readonly targetId: string; readonly registration: number; readonly result: CheckResult }
  /** A client opens a connection. The answer is `forward` or `refuse`. */
  | { readonly type: 'connect'; readonly at: number; readonly connectionId: string }
  /** Bytes went either way. It may be told late, with the `at` when they went: at the next due `tick` is soon enough. */
  | { readonly type: 'traffic'; readonly at: number; readonly connectionId: string }
  /** Either side closed it. */
  | { readonly type: 'close'; readonly at: number; readonly connectionId: string }
  /** Time has passed. Deliver it at `nextNetworkWakeAt` or later. */
  | { readonly type: 'tick'; readonly at: number };

/** What the driver has to do, or may want to tell. */
export type NetworkTargetGroupEffect =
  | { readonly type: 'state-changed'; readonly targetId: string; readonly registration: number; readonly state: NetworkTarget['state'] }
  /** Send a health check and come back with `check-ended`. */
  | { readonly type: 'check'; readonly targetId: string; readonly registration: number }
  | { readonly type: 'forward'; readonly connectionId: string; readonly targetId: string }
  /** There is no target at all. */
  | { readonly type: 'refuse'; readonly connectionId: string }
  /** Send RST to both sides. */
  | { readonly type: 'reset'; readonly connectionId: string; readonly targetId: string; readonly why: 'unhealthy' | 'delay-over' | 'idle' };

export interface NetworkTargetGroupStep {
  readonly group: NetworkTargetGroup;
  readonly effects: readonly NetworkTargetGroupEffect[];
}

/** The life of a draining process, in order; it only ever moves forward. See docs/reference/phases.md. */
export const DRAIN_PHASES = ['serving', 'announced', 'lingering', 'draining', 'aborting', 'releasing', 'flushed', 'exited'] as const;
export type DrainPhase = (typeof DRAIN_PHASES)[number];

/** What started the drain. The first cause is kept; later ones only hasten it. */
export type DrainCause = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'manual' | 'fatal-error';

/**
 * Why the process stopped lingering. `quiet`: no request for the quiet time, after the floor. `released`: evidence that the balancer had let go
 * already. `cap`: the budget allowed no longer wait. `hastened`: a second signal, or a cause that does not linger. `destroyed`: `destroy()`.
 */
export type LeaveReason = 'quiet' | 'released' | 'cap' | 'hastened' | 'destroyed';

/** Instants on the drain's own clock, in milliseconds after its start. Each is no later than the next. */
export interface DrainSchedule {
  /** Shortest linger, unless there is evidence that the balancer let go. */
  readonly floorMs: number;
  /** Lingering ends here whatever the traffic. */
  readonly lingerCapMs: number;
  /** Stop signals of the remaining work fire. */
  readonly stopMs: number;
  /** Sockets that still carry work are destroyed. */
  readonly destroyMs: number;
  /** Hooks must have finished. */
  readonly releaseMs: number;
  /** The process exits, whatever is still open. Below the stop timeout: SIGKILL never finds it. */
  readonly exitMs: number;
}

/** What the target saw before the drain began, in milliseconds before its start. */
export interface TrafficBefore {
  /** Requests other than health checks that the two figures below stand on. */
  readonly requests: number;
  /** Mean gap between recent requests, undefined with fewer than two. */
  readonly meanGapMs: number | undefined;
  /** How long before the start the last request came, undefined if none ever did. */
  readonly lastRequestAgoMs: number | undefined;
  /** True when every balancer node whose health checks were seen has been silent for more than two of its own intervals. */
  readonly healthChecksStopped: boolean;
}

/** What happens to a draining process. `at` is the instant on the injected clock, in milliseconds; it never goes back. */
export type DrainInput =
  | {
      readonly type: 'begin';
      readonly at: number;
      readonly cause: DrainCause;
      readonly schedule: DrainSchedule;
      readonly traffic: TrafficBefore;
      readonly open: number;
    }
  /** A second SIGTERM, or anything else that ends the linger. */
  | { readonly type: 'hasten'; readonly at: number }
  /** `destroy()`, or a second SIGINT. */
  | { readonly type: 'destroy'; readonly at: number }
  /** A request other than a health check arrived. */
  | { readonly type: 'request'; readonly at: number }
  /** Other processes or threads of the same service have said what they saw before the start; all of it together, in the place of what `begin` said. */
  | { readonly type: 'traffic'; readonly at: number; readonly traffic: TrafficBefore }
  /** How many pieces of work (requests, upgraded sockets, tracked work) are open now. */
  | { readonly type: 'open'; readonly at: number; readonly open: number }
  /** The accept queue is empty and the listeners are closed. */
  | { readonly type: 'listeners-closed'; readonly at: number }
  /** Every resource hook has finished, failed or missed its deadline. */
  | { readonly type: 'hooks-done'; readonly at: number }
  /** Logs and telemetry are flushed. */
  | { readonly type: 'flush-done'; readonly at: number }
  | { readonly type: 'tick'; readonly at: number };

/** What the driver must do now, in order. */
export type DrainEffect =
  /** Readiness 503, `draining` signal, `Connection: close` from here on. */
  | 'announce'
  /** Empty the accept queue, close the listeners, then say `listeners-closed`. */
  | 'close-listeners'
  /** Fire the `stop` signal; close upgraded sockets. */
  | 'abort-work'
  /** Destroy every socket that is still open and count what it carried as lost. */
  | 'destroy-sockets'
  /** Run the resource hooks, then say `hooks-done`. */
  | 'run-hooks'
  /** Flush logs and telemetry, then say `flush-done`. */
  | 'flush'
  /** Exit: the report is complete. */
  | 'exit';

export interface DrainState {
  readonly phase: DrainPhase;
  /** When each phase was entered, in milliseconds after the start. */
  readonly enteredMs: Readonly<Partial<Record<DrainPhase, number>>>;
  readonly cause: DrainCause | undefined;
  readonly startedAt: number | undefined;
  readonly schedule: DrainSchedule | undefined;
  readonly leaveReason: LeaveReason | undefined;
  /** The quiet time that ends the linger, in milliseconds. */
  readonly quietMs: number;
  /** Evidence before the start that the balancer had let go; withdrawn by the first request after it. */
  readonly balancerLetGo: boolean;
  /** When the last request other than a health check arrived, in milliseconds after the start; negative before it. */
  readonly lastRequestMs: number | undefined;
  readonly open: number;
  readonly listenersClosed: boolean;
  readonly destroyed: boolean;
}

export interface DrainStep {
  readonly state: DrainState;
  readonly effects: readonly DrainEffect[];
  /** When to send the next `tick` if nothing else happens, on the clock of `at`; undefined when no time limit is pending. */
  readonly wakeAt: number | undefined;
}

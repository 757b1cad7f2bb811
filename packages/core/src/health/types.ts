/** One named check of the app's readiness, as far as decisions need to know it. */
export interface CheckRule {
  readonly name: string;
  /** A required check that fails makes the task not ready; any other is only shown. */
  readonly required: boolean;
  /** All tasks depend on the same thing here (one database, one API), so it fails for all of them at once. */
  readonly shared: boolean;
}

export interface ReadinessRules {
  readonly checks: readonly CheckRule[];
  /** A check that has not answered by then counts as failed, in milliseconds after its start. */
  readonly timeoutMs: number;
  /** How long a result may be used again, in milliseconds after it came. 0: only for those who asked while it was being made. */
  readonly cacheMs: number;
}

export interface CheckState {
  /** When the run that has not finished yet began. Never more than one at a time: a dependency in trouble must not get more load from its checks. */
  readonly runningSince: number | undefined;
  readonly last: CheckResult | undefined;
  readonly everPassed: boolean;
}

export interface CheckResult {
  readonly finishedAt: number;
  readonly durationMs: number;
  readonly passed: boolean;
  readonly error: string | undefined;
}

/** What is known of all checks, in the order of the rules. */
export interface ReadinessState {
  readonly checks: Readonly<Record<string, CheckState>>;
  /** True once every required check has passed; it stays so. */
  readonly started: boolean;
}

/** What happens to readiness. `at` is the instant on the injected clock, in milliseconds; it never goes back. */
export type ReadinessInput =
  /** Somebody wants to know. */
  | { readonly type: 'asked'; readonly at: number }
  /** A run came to its end. */
  | { readonly type: 'finished'; readonly at: number; readonly name: string; readonly passed: boolean; readonly error?: string };

export interface ReadinessStep {
  readonly state: ReadinessState;
  /** Checks to run now; each is counted as running from this step on. */
  readonly run: readonly string[];
}

/** `starting`: some required check has never passed yet. `not-ready`: it had passed, and now one fails. */
export type ReadinessStatus = 'ready' | 'starting' | 'not-ready';

/** `timed-out`: the run did not answer in time; it may be hanging still. `pending`: no answer yet, and there is still time for one. */
export type CheckStatus = 'pass' | 'fail' | 'timed-out' | 'pending';

export interface CheckView {
  readonly status: CheckStatus;
  readonly required: boolean;
  readonly shared: boolean;
  /** How long the run took, or has been taking so far. */
  readonly durationMs: number | undefined;
  /** How old the result is; undefined while there is none. */
  readonly ageMs: number | undefined;
  readonly error: string | undefined;
}

export interface ReadinessView {
  readonly status: ReadinessStatus;
  readonly checks: Readonly<Record<string, CheckView>>;
  /** One sentence for each required check that stands in the way. */
  readonly reasons: readonly string[];
  /** When every run that a fresh answer waits for is over or has timed out; undefined when nothing is waited for. */
  readonly settlesAt: number | undefined;
}

import type { CheckResult, HealthReason, HealthState, Target } from './types.ts';

export interface Thresholds {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** A target after one more health check. Draining and unused targets are no longer judged. */
export function afterCheck(target: Target, result: CheckResult, thresholds: Thresholds): Target {
  if (target.state === 'draining' || target.state === 'unused') return target;
  const passes = result === 'passed' ? target.passes + 1 : 0;
  const failures = result === 'passed' ? 0 : target.failures + 1;
  const state = nextState(target.state, passes, failures, thresholds);
  return { ...target, passes, failures, state, reason: nextReason(target, state, result) };
}

function nextState(state: 'initial' | 'healthy' | 'unhealthy', passes: number, failures: number, thresholds: Thresholds): HealthState {
  // A new target is in service after one pass, whatever the healthy threshold is: that one counts for recovery only.
  if (passes > 0) return state === 'unhealthy' && passes < thresholds.healthyThreshold ? 'unhealthy' : 'healthy';
  return failures >= thresholds.unhealthyThreshold ? 'unhealthy' : state;
}

function nextReason(target: Target, state: HealthState, result: CheckResult): HealthReason | undefined {
  if (state === 'healthy') return undefined;
  if (state === 'initial' || result === 'passed') return target.reason;
  switch (result) {
    case 'code-mismatch':
      return 'Target.ResponseCodeMismatch';
    case 'timed-out':
      return 'Target.Timeout';
    case 'failed':
      return 'Target.FailedHealthChecks';
  }
}

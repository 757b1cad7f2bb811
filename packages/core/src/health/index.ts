export { initialReadiness, readinessStep, viewReadiness } from './readiness.ts';
export { loopView, STALL_RULES, type LateTurn, type LoopView, type StallRules } from './loop-delay.ts';
export { healthCheckNumbers, type HealthCheckFacts, type HealthCheckNumber, type HealthCheckNumbers } from './numbers.ts';
export { sharedCheckWarning } from './shared-checks.ts';
export type {
  CheckResult,
  CheckRule,
  CheckState,
  CheckStatus,
  CheckView,
  ReadinessInput,
  ReadinessRules,
  ReadinessState,
  ReadinessStatus,
  ReadinessStep,
  ReadinessView,
} from './types.ts';

import type { DeploymentRecord, ServiceRecord, TaskRecord } from '../state/records.ts';
import type { CircuitBreaker } from '../spec/service.ts';

/**
 * How many failures a deployment may have (API types DeploymentCircuitBreaker and ThresholdConfiguration; ECS developer guide, "How the Amazon ECS deployment
 * circuit breaker detects failures"): half of the desired count, rounded up, at least 3 and at most 200, unless configured otherwise.
 */
export function failureThreshold(breaker: CircuitBreaker, desiredCount: number): number {
  const { type, value } = breaker.thresholdConfiguration ?? { type: 'BOUNDED_PERCENT', value: 50 };
  if (type === 'COUNT') return value;
  const share = Math.ceil((desiredCount * value) / 100);
  return type === 'BOUNDED_PERCENT' ? Math.min(200, Math.max(3, share)) : Math.max(1, share);
}

/** True when the deployment in progress has failed as often as its circuit breaker lets it. */
export function isTripped(service: ServiceRecord, deployment: DeploymentRecord): boolean {
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  if (breaker?.enable !== true || deployment.rolloutState !== 'IN_PROGRESS') return false;
  return deployment.failedTasks >= failureThreshold(breaker, service.desiredCount);
}

/**
 * The scheduler could not launch a task, or one ended before it was RUNNING. Once a task of the deployment has run, this first stage is over and only
 * health checks count, unless the failures of the whole deployment are summed up (`resetOnHealthyTask` false).
 */
export function noteFailedLaunch(service: ServiceRecord, deployment: DeploymentRecord): void {
  if (deployment.rolloutState !== 'IN_PROGRESS') return;
  const isConsecutive = service.deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask !== false;
  if (!(deployment.ran && isConsecutive)) deployment.failedTasks += 1;
}

/** A task is stopped because it failed its health checks. */
export function noteUnhealthyTask(task: TaskRecord): void {
  if (task.deployment?.rolloutState === 'IN_PROGRESS') task.deployment.failedTasks += 1;
}

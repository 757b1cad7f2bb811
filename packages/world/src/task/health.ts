import type { Model } from '../state/model.ts';
import type { TaskRecord } from '../state/records.ts';
import { setHealth } from '../state/bookkeeping.ts';

/** What the health checks of one target group say of a task, or of all its groups. */
export function setTargetHealth(model: Model, task: TaskRecord, targetGroup: string | undefined, health: 'healthy' | 'unhealthy'): void {
  for (const registration of task.registrations) {
    if (targetGroup !== undefined && registration.group.name !== targetGroup) continue;
    if (registration.drainsUntil === undefined) registration.health = health;
  }
  judge(model, task);
}

/** A task is as healthy as its sickest target. What fails within the grace period is overlooked (CreateService, healthCheckGracePeriodSeconds). */
export function judge(model: Model, task: TaskRecord): void {
  const { owner, deployment } = task;
  if (task.state !== 'RUNNING' || task.stop !== undefined || owner === undefined || deployment === undefined) return;
  // A target that somebody has taken out is no longer judged; what ECS makes of one is not documented.
  const judged = task.registrations.filter(({ drainsUntil }) => drainsUntil === undefined);
  const isSick = judged.some((registration) => registration.health === 'unhealthy');
  const isWell = judged.every((registration) => registration.health === 'healthy');
  const health = isSick ? 'UNHEALTHY' : isWell ? 'HEALTHY' : 'UNKNOWN';
  const inGrace = model.now < (task.startedAt ?? 0) + owner.healthCheckGracePeriodMs;
  const place = isSick && !inGrace ? 'unhealthy' : 'serving';
  if (health === task.health && place === task.place) return;
  if (health === 'HEALTHY' && owner.deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask !== false) deployment.failedTasks = 0;
  setHealth(model, task, health, place);
}

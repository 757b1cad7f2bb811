import type { Model } from '../state/model.ts';
import type { TaskRecord } from '../state/records.ts';
import { reject } from '../state/rejection.ts';

/**
 * UpdateTaskProtection: keeps tasks of a service from being stopped by scale-in and by deployments, and from nothing else; a Spot interruption takes them all the same
 * (ECS developer guide, "Protect your Amazon ECS tasks from being terminated by scale-in events").
 */
export function protectTasks(
  model: Model,
  input: { readonly taskIds: readonly string[]; readonly enabled: boolean; readonly expiresInMinutes?: number },
): void {
  const minutes = input.expiresInMinutes ?? DEFAULT_MINUTES;
  if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= 2880)) {
    reject(model, 'protect-tasks', 'InvalidParameterException', 'expiresInMinutes must be between 1 and 2880.');
    return;
  }
  for (const taskId of input.taskIds) {
    const task = model.tasks.get(taskId);
    if (task?.owner === undefined || task.stop !== undefined) {
      reject(model, 'protect-tasks', 'TASK_NOT_VALID', `The task ${taskId} is not valid for protection.`);
    } else if (input.enabled && task.protectedUntil === undefined && isBlocked(task)) {
      reject(
        model,
        'protect-tasks',
        'DEPLOYMENT_BLOCKED',
        `Protecting the task ${taskId} would leave more protected tasks than the service desires.`,
      );
    } else {
      task.protectedUntil = input.enabled ? model.now + minutes * 60_000 : undefined;
      if (input.enabled) model.timers.add(model.now + minutes * 60_000, { type: 'protection-over', task });
      else model.dirty.add(task.owner);
    }
  }
}

export function onProtectionOver(model: Model, task: TaskRecord): void {
  if (task.protectedUntil === undefined || model.now < task.protectedUntil) return;
  task.protectedUntil = undefined;
  if (task.owner !== undefined) model.dirty.add(task.owner);
}

function isBlocked({ owner }: TaskRecord): boolean {
  if (owner === undefined) return false;
  let isProtected = 0;
  for (const task of owner.tasks) if (task.protectedUntil !== undefined && task.stop === undefined) isProtected += 1;
  return isProtected >= owner.desiredCount;
}

const DEFAULT_MINUTES = 120;

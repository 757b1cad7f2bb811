import type { Adjustment, ScalingInput } from '../spec/inputs.ts';
import type { Model } from '../state/model.ts';
import type { ScalableRecord, ServiceRecord } from '../state/records.ts';
import { activeService, reject } from '../state/rejection.ts';
import { primaryOf } from '../state/bookkeeping.ts';

/**
 * RegisterScalableTarget. It pulls the current capacity inside the bounds at once, also when the call names neither of them (Application Auto Scaling API Reference,
 * RegisterScalableTarget), and keeps what it does not name.
 */
export function registerScalableTarget(model: Model, input: Extract<ScalingInput, { readonly type: 'register-scalable-target' }>): void {
  const service = activeService(model, input.type, input.service);
  if (service === undefined) return;
  const before = service.scalable;
  const minCapacity = input.minCapacity ?? before?.minCapacity;
  const maxCapacity = input.maxCapacity ?? before?.maxCapacity;
  if (minCapacity === undefined || maxCapacity === undefined) {
    reject(model, input.type, 'ValidationException', 'MinCapacity and MaxCapacity are required to register a new scalable target.');
    return;
  }
  if (minCapacity > maxCapacity) {
    reject(model, input.type, 'ValidationException', 'Maximum capacity cannot be less than minimum capacity.');
    return;
  }
  const suspended = input.suspendedState;
  service.scalable = {
    minCapacity,
    maxCapacity,
    dynamicScalingInSuspended: suspended?.dynamicScalingInSuspended ?? before?.dynamicScalingInSuspended ?? false,
    dynamicScalingOutSuspended: suspended?.dynamicScalingOutSuspended ?? before?.dynamicScalingOutSuspended ?? false,
    scheduledScalingSuspended: suspended?.scheduledScalingSuspended ?? before?.scheduledScalingSuspended ?? false,
  };
  setDesiredCount(model, service, clamp(service.desiredCount, service.scalable));
}

export function deregisterScalableTarget(model: Model, name: string): void {
  const service = activeService(model, 'deregister-scalable-target', name);
  if (service === undefined) return;
  if (service.scalable === undefined)
    reject(model, 'deregister-scalable-target', 'ObjectNotFoundException', `No scalable target is registered for service ${name}.`);
  service.scalable = undefined;
}

/**
 * What a policy's alarm makes of the desired count (ECS developer guide, "Automatically scale your Amazon ECS service"): the tasks that really run are where it
 * starts from, so that a service short of tasks can come out with fewer desired than before.
 */
export function onScalingAlarm(model: Model, input: Extract<ScalingInput, { readonly type: 'scaling-alarm' }>): void {
  const service = activeService(model, input.type, input.service);
  if (service === undefined) return;
  const target = service.scalable;
  if (target === undefined) {
    reject(model, input.type, 'ObjectNotFoundException', `No scalable target is registered for service ${service.name}.`);
    return;
  }
  const isOut = input.direction === 'out';
  if (isOut ? target.dynamicScalingOutSuspended : target.dynamicScalingInSuspended) return;
  // "Application Auto Scaling turns off scale-in processes while Amazon ECS deployments are in progress."
  if (!isOut && primaryOf(service).rolloutState === 'IN_PROGRESS') return;
  // Outside the bounds already: only the alarm that leads back inside does anything.
  if (isOut && service.desiredCount > target.maxCapacity) return;
  if (!isOut && service.desiredCount < target.minCapacity) return;
  setDesiredCount(model, service, clamp(adjusted(service.runningCount, input.adjustment), target));
}

function adjusted(running: number, adjustment: Adjustment): number {
  switch (adjustment.kind) {
    case 'exact':
      return adjustment.tasks;
    case 'change':
      return running + adjustment.tasks;
    case 'percent': {
      const change = (running * adjustment.percent) / 100;
      // Step scaling rounds away from zero below one task, and towards zero above (Application Auto Scaling, "Scaling adjustment types").
      const whole = Math.abs(change) < 1 ? Math.sign(change) : Math.trunc(change);
      return running + whole;
    }
  }
}

function clamp(count: number, { minCapacity, maxCapacity }: ScalableRecord): number {
  return Math.min(maxCapacity, Math.max(minCapacity, count));
}

function setDesiredCount(model: Model, service: ServiceRecord, desiredCount: number): void {
  if (desiredCount === service.desiredCount) return;
  service.desiredCount = desiredCount;
  model.dirty.add(service);
}

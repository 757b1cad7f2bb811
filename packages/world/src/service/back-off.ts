import { emitServiceAction } from '../events/emit.ts';
import type { Model } from '../state/model.ts';
import type { ServiceRecord } from '../state/records.ts';
import { say } from '../state/messages.ts';

/**
 * A task ended before it ever ran: the next are started later each time. ECS throttles a service whose tasks repeatedly fail to start, up to 27 minutes between
 * launches (ECS developer guide, "Amazon ECS service throttle logic"). The single steps are not published; doubling from one second is our own, and so is
 * that the third failure in a row is told. Tasks that Spot takes back before they run do not count here.
 */
export function backOff(model: Model, service: ServiceRecord): void {
  const delayMs = Math.min(1000 * 2 ** Math.min(service.failedStarts, 20), MAX_THROTTLE_MS);
  service.failedStarts += 1;
  service.launchAt = Math.max(service.launchAt, model.now + delayMs);
  model.timers.add(service.launchAt, { type: 'schedule', service });
  if (service.failedStarts !== TOLD_AFTER) return;
  say(model, service, 'is unable to consistently start tasks successfully.');
  emitServiceAction(model, service, { eventName: 'SERVICE_TASK_START_IMPAIRED' });
}

const MAX_THROTTLE_MS = 27 * 60_000;
const TOLD_AFTER = 3;

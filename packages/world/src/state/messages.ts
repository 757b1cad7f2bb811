import type { Model } from './model.ts';
import { countedUuid } from './names.ts';
import type { ServiceRecord } from './records.ts';

/** A line of the service's event log, as DescribeServices shows it: the last hundred are kept. */
export function say(model: Model, service: ServiceRecord, message: string): void {
  model.sequence += 1;
  service.messages.push({ id: countedUuid(model.sequence), at: model.now, message: `(service ${service.name}) ${message}` });
  // Cut in bulk, so that a chatty service does not move its log at each line.
  if (service.messages.length > 2 * KEPT_MESSAGES) service.messages.splice(0, service.messages.length - KEPT_MESSAGES);
}

export const KEPT_MESSAGES = 100;

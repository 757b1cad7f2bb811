import type { RejectionCode } from '../spec/effects.ts';
import type { WorldInput } from '../spec/inputs.ts';
import type { Model } from './model.ts';
import type { ServiceRecord } from './records.ts';

/** The input was a call that AWS would have refused: nothing changes. */
export function reject(model: Model, input: WorldInput['type'], code: RejectionCode, message: string): void {
  model.effects.push({ type: 'rejected', input, code, message });
}

/** The service, when there is one that can be changed; otherwise the call is refused. */
export function activeService(model: Model, input: WorldInput['type'], name: string): ServiceRecord | undefined {
  const service = model.services.get(name);
  if (service === undefined) reject(model, input, 'ServiceNotFoundException', 'Service not found.');
  else if (service.status !== 'ACTIVE') reject(model, input, 'ServiceNotActiveException', 'Service was not ACTIVE.');
  else return service;
  return undefined;
}

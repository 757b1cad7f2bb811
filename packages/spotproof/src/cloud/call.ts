import { SpotproofError } from '@spotproof/core';
import { CloudFault } from './wire/fault.ts';
import type { CloudService } from './wire/service.ts';
import { validateInput } from './wire/validate.ts';

/**
 * One call of an AWS client, made from inside: with the same checks, without a connection.
 *
 * @param service As `ECS`. @throws {CloudFault} when AWS would refuse it.
 */
export async function callFromInside(services: readonly CloudService[], service: string, operation: string, input: object): Promise<unknown> {
  const found = services.find(({ name }) => name === service);
  const [shape] = found?.model.operations[operation] ?? [];
  const handler = found?.operations[operation];
  if (found === undefined || handler === undefined || shape === undefined)
    throw new SpotproofError('SPOTPROOF_INTERNAL', `${service} has no operation ${operation} here.`);
  const problems = shape === null ? [] : validateInput(found.model, shape, input);
  if (problems.length > 0) throw new CloudFault(found.invalidInputCode, problems.join('; '));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The model has approved it; what the handler is typed with was made from the same model.
  return handler(input as never, { signal: new AbortController().signal });
}

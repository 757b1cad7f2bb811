import { CloudFault } from './fault.ts';
import { shapeOutput } from './output.ts';
import type { ServiceModel } from './service-model.ts';

/** awsJson1.0 and 1.1: the operation in a header, JSON both ways, instants as seconds. A member that is null is one that was not given: SDKs send both. */
export function readJsonInput(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body, function withoutNull(this: unknown, _name, value: unknown) {
      return value === null && !Array.isArray(this) ? undefined : value;
    });
  } catch {
    throw new CloudFault('SerializationException', 'The body of the request is not JSON.');
  }
}

export function writeJsonOutput(model: ServiceModel, shape: string | null, output: unknown): string {
  if (shape === null) return '{}';
  return JSON.stringify(shapeOutput(model, shape, output, (at) => at.getTime() / 1000) ?? {});
}

/** @param name Of the exception; its code unless the two differ. */
export function writeJsonFault({ code, message }: CloudFault, name = code): string {
  return JSON.stringify({ __type: name, message });
}

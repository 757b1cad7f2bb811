import { CloudFault } from './fault.ts';
import { shapeOutput } from './output.ts';
import type { ServiceModel } from './service-model.ts';

/** awsJson1.0 and 1.1: the operation in a header, JSON both ways, instants as seconds. */
export function readJsonInput(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new CloudFault('SerializationException', 'The body of the request is not JSON.');
  }
}

export function writeJsonOutput(model: ServiceModel, shape: string | null, output: unknown): string {
  if (shape === null) return '{}';
  return JSON.stringify(shapeOutput(model, shape, output, (at) => at.getTime() / 1000) ?? {});
}

export function writeJsonFault({ code, message }: CloudFault): string {
  return JSON.stringify({ __type: code, message });
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CloudFault } from './fault.ts';
import { readJsonInput, writeJsonFault, writeJsonOutput } from './json-protocol.ts';
import { readBody, tooLarge } from './read-body.ts';
import { readQueryInput, writeQueryFault, writeQueryOutput } from './query-protocol.ts';
import { ownEntry } from './service-model.ts';
import type { CloudService } from './service.ts';
import { validateInput } from './validate.ts';

/** One call, as it went: for logs and for throttling. */
export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  /** Undefined when it succeeded. */
  readonly fault: string | undefined;
}

export interface EndpointOptions {
  readonly services: readonly CloudService[];
  /** May throw a `CloudFault`: throttling, a planted failure. */
  readonly admit?: (call: { readonly service: string; readonly operation: string }) => void;
  readonly record?: (call: CallRecord) => void;
}

/** Answers AWS clients, each service in its own protocol, all on one port. Signatures are not looked at: this is a laptop. */
export function createEndpoint(options: EndpointOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      // A fault of ours, not of the caller: said as AWS would say it, so that clients retry.
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: 'InternalFailure', message }));
    });
  };
}

async function answer(options: EndpointOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const body = await readBody(request);
  const call = body === undefined ? undefined : route(options.services, request, body);
  if (body === undefined || call === undefined) {
    refuse(request, response, body === undefined ? tooLarge() : notServed(options.services), requestId);
    return;
  }
  const { service, operation } = call;
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  try {
    const output = await perform(options, call, body, leaving.signal);
    options.record?.({ service: service.name, operation, fault: undefined });
    write(response, service, requestId, 200, success(service, operation, output, requestId));
  } catch (error) {
    if (!(error instanceof CloudFault)) throw error;
    options.record?.({ service: service.name, operation, fault: error.code });
    writeFault(response, service, error, requestId);
  }
}

function writeFault(response: ServerResponse, service: CloudService, fault: CloudFault, requestId: string): void {
  const { protocol } = service;
  if (protocol.kind === 'query') {
    response.setHeader('x-amzn-errortype', fault.code);
    write(response, service, requestId, fault.status, writeQueryFault(fault, protocol.namespace, requestId));
    return;
  }
  const name = protocol.exceptionOf?.(fault.code) ?? fault.code;
  response.setHeader('x-amzn-errortype', name);
  // By this, clients of a service that once spoke the query protocol go on to find the code that they know.
  if (protocol.exceptionOf !== undefined) response.setHeader('x-amzn-query-error', `${fault.code};Sender`);
  write(response, service, requestId, fault.status, writeJsonFault(fault, name));
}

/** To a caller of whom it is not known which service is meant, in the way in which the call was made. */
function refuse(request: IncomingMessage, response: ServerResponse, fault: CloudFault, requestId: string): void {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  response
    .writeHead(fault.status, { 'content-type': isForm ? 'text/xml' : 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId })
    .end(isForm ? writeQueryFault(fault, 'http://webservices.amazon.com/', requestId) : writeJsonFault(fault));
}

function notServed(services: readonly CloudService[]): CloudFault {
  const known = services.map(({ name }) => name).join(', ');
  return new CloudFault('UnknownOperationException', `No service here answers this request. Served are ${known} and Amazon DynamoDB.`, 404);
}

interface Call {
  readonly service: CloudService;
  readonly operation: string;
  readonly form: URLSearchParams | undefined;
}

function route(services: readonly CloudService[], request: IncomingMessage, body: string): Call | undefined {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const [prefix, operation = ''] = target.split('.');
    const service = services.find(({ protocol }) => protocol.kind === 'json' && protocol.targetPrefix === prefix);
    return service && { service, operation, form: undefined };
  }
  const form = new URLSearchParams(body);
  const operation = form.get('Action');
  // …Credential=lab/20260101/eu-west-1/elasticloadbalancing/aws4_request, …
  const signingName = /Credential=[^/]*\/\d+\/[^/]*\/(?<name>[^/]*)\//.exec(request.headers.authorization ?? '')?.groups?.['name'];
  const service = services.find(({ protocol }) => protocol.kind === 'query' && (signingName === undefined || protocol.signingName === signingName));
  return operation === null || service === undefined ? undefined : { service, operation, form };
}

async function perform(options: EndpointOptions, { service, operation, form }: Call, body: string, signal: AbortSignal): Promise<unknown> {
  const shapes = ownEntry(service.model.operations, operation);
  const handler = ownEntry(service.operations, operation);
  if (shapes === undefined || handler === undefined)
    throw new CloudFault(
      'UnknownOperationException',
      `${service.name} has no operation ${operation} here. Served are ${Object.keys(service.operations).join(', ')}.`,
    );
  options.admit?.({ service: service.name, operation });
  const [inputShape = null] = shapes;
  const input = form === undefined ? readJsonInput(body) : readQueryInput(service.model, inputShape, form);
  const problems = inputShape === null ? [] : validateInput(service.model, inputShape, input);
  if (problems.length > 0)
    throw new CloudFault(
      service.invalidInputCode,
      `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`,
    );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The model has approved it; what the handler is typed with was made from the same model.
  return handler(input as never, { signal });
}

function success(service: CloudService, operation: string, output: unknown, requestId: string): string {
  const shape = service.model.operations[operation]?.[1] ?? null;
  if (service.protocol.kind === 'json') return writeJsonOutput(service.model, shape, output);
  return writeQueryOutput(service.model, { operation, shape, output, namespace: service.protocol.namespace, requestId });
}

function write(response: ServerResponse, { protocol }: CloudService, requestId: string, status: number, text: string): void {
  const type = protocol.kind === 'json' ? `application/x-amz-json-${protocol.version}` : 'text/xml';
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': requestId, 'content-length': Buffer.byteLength(text) }).end(text);
}

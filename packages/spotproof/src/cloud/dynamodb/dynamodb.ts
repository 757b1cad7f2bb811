import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { EndpointOptions } from '../wire/endpoint.ts';
import { CloudFault } from '../wire/fault.ts';
import { writeJsonFault } from '../wire/json-protocol.ts';

/** DynamoDB as another project emulates it, on the same port. It is loaded when the first call comes. */
export class DynamoDb {
  readonly #options: Pick<EndpointOptions, 'admit' | 'record'>;
  #database: Promise<Server> | undefined;

  constructor(options: Pick<EndpointOptions, 'admit' | 'record'>) {
    this.#options = options;
  }

  /** @returns False when the request is for something else. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const target = request.headers['x-amz-target'];
    if (typeof target !== 'string' || !target.startsWith(TARGET_PREFIX)) return false;
    const call = { service: SERVICE, operation: target.slice(TARGET_PREFIX.length) };
    try {
      checkOperation(call.operation);
      this.#options.admit?.(call);
    } catch (error) {
      if (!(error instanceof CloudFault)) throw error;
      this.#options.record?.({ ...call, fault: error.code });
      request.resume();
      refuse(response, error);
      return true;
    }
    response.once('finish', () =>
      this.#options.record?.({ ...call, fault: response.statusCode < 400 ? undefined : `status ${response.statusCode}` }),
    );
    this.#database ??= open();
    const database = await this.#database;
    const chunks = await readChunks(request);
    if (chunks === undefined) response.destroy();
    else hand(database, request, chunks, response);
    return true;
  }
}

/**
 * Its server listens nowhere: it is handed what came to ours. Not the request itself, for what it cannot read it throws, and so it does when the caller goes
 * away; the whole cloud would end by that.
 */
function hand(database: Server, { method, url, headers }: IncomingMessage, chunks: readonly Buffer[], response: ServerResponse): void {
  const request = Object.assign(new EventEmitter(), { method, url, headers });
  try {
    database.emit('request', request, response);
    request.emit('data', Buffer.concat(chunks));
    request.emit('end');
  } catch (error) {
    refuse(
      response,
      new CloudFault('SerializationException', `The input could not be read: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}

/** Undefined when the caller is gone before the end. */
async function readChunks(request: IncomingMessage): Promise<readonly Buffer[] | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      // One chunk beyond the limit is enough to be refused for.
      if (length - bytes.length <= MAX_BODY_BYTES) chunks.push(bytes);
    }
  } catch {
    return undefined;
  }
  return chunks;
}

function checkOperation(operation: string): void {
  if (!OPERATIONS.includes(operation))
    throw new CloudFault('UnknownOperationException', `${SERVICE} has no operation ${operation} here. Served are ${OPERATIONS.join(', ')}.`);
}

function refuse(response: ServerResponse, fault: CloudFault): void {
  response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' }).end(writeJsonFault(fault));
}

async function open(): Promise<Server> {
  const { default: dynalite } = await import('dynalite');
  return dynalite({ createTableMs: 0 });
}

const TARGET_PREFIX = 'DynamoDB_20120810.';
const SERVICE = 'Amazon DynamoDB';
/** DynamoDB developer guide, service quotas: 16 MB a request. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const OPERATIONS: readonly string[] = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
];

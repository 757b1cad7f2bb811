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
      this.#options.admit?.(call);
    } catch (error) {
      if (!(error instanceof CloudFault)) throw error;
      this.#options.record?.({ ...call, fault: error.code });
      response.writeHead(error.status, { 'content-type': 'application/x-amz-json-1.0' }).end(writeJsonFault(error));
      return true;
    }
    response.once('finish', () =>
      this.#options.record?.({ ...call, fault: response.statusCode < 400 ? undefined : `status ${response.statusCode}` }),
    );
    this.#database ??= open();
    const database = await this.#database;
    // Its server listens nowhere: it is handed the requests of ours.
    database.emit('request', request, response);
    return true;
  }
}

async function open(): Promise<Server> {
  const { default: dynalite } = await import('dynalite');
  return dynalite({ createTableMs: 0 });
}

const TARGET_PREFIX = 'DynamoDB_20120810.';
const SERVICE = 'Amazon DynamoDB';

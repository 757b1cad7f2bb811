import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of S3 as keeps objects of one bucket, refuses bytes that are not what was announced, and fails when told to. */
export class FakeS3 implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>();
  readonly requests: string[] = [];
  /** For the next requests, one each: a status, or `cut` in the middle of the body. */
  readonly faults: (number | 'cut')[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<FakeS3> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeS3(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const name = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    this.requests.push(`${request.method} ${name}`);
    const fault = this.faults.shift();
    if (typeof fault === 'number') return refuse(response, fault, fault === 403 ? 'AccessDenied' : 'SlowDown');
    if (!name.startsWith('/bucket/')) return refuse(response, 404, 'NoSuchBucket');
    if (request.method === 'PUT') {
      if (createHash('sha256').update(body).digest('base64') !== request.headers['x-amz-checksum-sha256']) return refuse(response, 400, 'BadDigest');
      this.objects.set(name, body);
      response.end();
      return;
    }
    const found = this.objects.get(name);
    if (found === undefined) return refuse(response, 404, 'NoSuchKey');
    response.writeHead(200, { 'content-length': found.byteLength });
    if (fault !== 'cut') return void response.end(found);
    response.write(found.subarray(0, found.byteLength / 2), () => response.destroy());
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} it is</Message></Error>`);
}

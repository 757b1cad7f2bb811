import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { epochNow } from '../epoch.ts';
import { Ledger } from './ledger.ts';
import { parseAddress, parseRequest } from './sink-request.ts';
import type { WorkRecord } from './work-record.ts';

export interface SinkOptions {
  /** Each record, as it is made. Called synchronously, before the answer. */
  readonly onRecord: (record: WorkRecord) => void;
}

/** Where tasks say what work was accepted and what was done: HTTP on 127.0.0.1, at a port that the system chooses. */
export class SinkServer {
  readonly ledger: Ledger;
  readonly #server: Server;
  #isFinished = false;

  private constructor({ onRecord }: SinkOptions) {
    this.ledger = new Ledger(onRecord);
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  static async open(options: SinkOptions): Promise<SinkServer> {
    const sink = new SinkServer(options);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Nothing that comes from now on is recorded: it is answered 503. */
  finish(): void {
    this.#isFinished = true;
  }

  async close(): Promise<void> {
    this.finish();
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = parseAddress(request.method ?? '', request.url ?? '');
    if (address === undefined) {
      send(response, 404, { error: 'Expected POST /expected, POST /effects or GET /, each under the address in SPOTPROOF_SINK.' });
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      send(response, 413, { error: `Expected a body of at most ${MOST_OCTETS} octets. Nothing was recorded.` });
      return;
    }
    const asked = parseRequest(address, body, request.headersDistinct['idempotency-key'] ?? []);
    if (asked.kind === 'wrong') {
      send(response, asked.status, { error: asked.sentence });
      return;
    }
    if (asked.kind === 'figures') {
      send(response, 200, { ...this.ledger.figures });
      return;
    }
    if (this.#isFinished) {
      send(response, 503, { error: 'The run is over. Nothing was recorded.' });
      return;
    }
    const telling = { at: epochNow(), task: asked.task };
    const answer = asked.kind === 'expected' ? this.ledger.expect(asked.works, telling) : this.ledger.effect(asked.work, asked.key, telling);
    if (answer.replayed === true) response.setHeader('idempotency-replayed', 'true');
    send(response, answer.status, answer.document);
  }
}

/** Undefined for one that is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let octets = 0;
  // What is too long is still answered, for which the connection has to live on.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a stream without an encoding gives buffers
    const buffer = piece as Buffer;
    octets += buffer.length;
    if (octets > MOST_OCTETS) return undefined;
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function send(response: ServerResponse, status: number, document: Readonly<Record<string, unknown>>): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(`${JSON.stringify(document)}\n`);
}

const MOST_OCTETS = 4_194_304;
const MOST_CONNECTIONS = 2000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Outcome } from '../../src/load/client-record.ts';

/**
 * A server on raw sockets that harms chosen requests in known ways and keeps the truth about each, so that whoever accounts for
 * requests can be compared with it one by one. It reads requests by code of its own: it must not share a mistake with what it tests.
 */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const truths = new Map<string, Truth>();
  const violations: string[] = [];
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let stalled = false;

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let served = 0;
    let answering = false;
    const reader = new RequestReader();
    socket.on('data', (chunk) => {
      if (answering) violations.push(`octets came while an answer was awaited: ${chunk.toString('latin1', 0, 80)}`);
      const request = reader.push(chunk);
      if (request === undefined) return;
      answering = true;
      const fault = options.faultOf(request);
      truths.set(request.id, { id: request.id, fault, connection: served++ === 0 ? 'fresh' : 'reused', request });
      const act = (): void => {
        answering = false;
        inflict(fault, request, socket);
      };
      if (stalled) held.push(act);
      else act();
    });
  });
  // A short accept queue would lose connections of its own when the machine is busy.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  // `address()` is a string for pipes only and null before `listening`.
  const { port } = server.address() as AddressInfo;

  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    truths,
    violations,
    get openConnections() {
      return sockets.size;
    },
    stall() {
      stalled = true;
    },
    resume() {
      stalled = false;
      for (const act of held.splice(0)) act();
    },
    writeToAll(text) {
      for (const socket of sockets) socket.write(text);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

export interface FaultServerOptions {
  readonly faultOf: (request: ReceivedRequest) => Fault;
}

export interface FaultServer extends AsyncDisposable {
  readonly port: number;
  /** What was done to each request that arrived whole, by its id. */
  readonly truths: ReadonlyMap<string, Truth>;
  /** What a well-behaved client would not have done. */
  readonly violations: readonly string[];
  readonly openConnections: number;
  /** Takes requests in but acts on none until `resume`. */
  stall(): void;
  resume(): void;
  /** Writes to every open connection, whatever it is doing. */
  writeToAll(text: string): void;
  close(): Promise<void>;
}

export interface Truth {
  readonly id: string;
  readonly fault: Fault;
  readonly connection: 'fresh' | 'reused';
  readonly request: ReceivedRequest;
}

export interface ReceivedRequest {
  /** The value of `x-spotproof-request`. */
  readonly id: string;
  /** The part of the id after its last hyphen. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Each kind of harm, and the one outcome that a client must see. The first four are no harm at all. */
export const OUTCOME_OF_FAULT = {
  none: 'answered',
  'none-then-close': 'answered',
  'none-until-close': 'answered',
  'none-after-interim': 'answered',
  'rst-before-response': 'no-response-rst',
  'fin-before-response': 'no-response-fin',
  'fin-after-interim': 'no-response-fin',
  'status-502': 'bad-status',
  'status-503-then-close': 'bad-status',
  'head-truncated-fin': 'truncated-fin',
  'length-truncated-fin': 'truncated-fin',
  'chunked-truncated-fin': 'truncated-fin',
  'length-truncated-rst': 'truncated-rst',
  'chunked-truncated-rst': 'truncated-rst',
  garbage: 'garbage',
  'bad-chunk': 'garbage',
  'never-answers': 'timed-out',
  'stops-in-body': 'timed-out',
  'wrong-body': 'wrong-body',
  'answers-twice': 'answered-twice',
} as const satisfies Record<string, Outcome>;

export type Fault = keyof typeof OUTCOME_OF_FAULT;

function inflict(fault: Fault, request: ReceivedRequest, socket: Socket): void {
  const body = request.method === 'POST' ? `${createHash('sha1').update(request.body).digest('hex')}\n` : `right ${request.id}\n`;
  const answer = response('200 OK', body);
  switch (fault) {
    case 'none':
      socket.write(answer);
      return;
    case 'none-then-close':
      socket.end(response('200 OK', body, 'Connection: close\r\n'));
      return;
    case 'none-until-close':
      socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`);
      return;
    case 'none-after-interim':
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n${answer}`);
      return;
    case 'rst-before-response':
      socket.resetAndDestroy();
      return;
    case 'fin-before-response':
      socket.end();
      return;
    case 'fin-after-interim':
      socket.end('HTTP/1.1 102 Processing\r\n\r\n');
      return;
    case 'status-502':
      socket.write(response('502 Bad Gateway', '<html></html>', 'Server: awselb/2.0\r\n'));
      return;
    case 'status-503-then-close':
      socket.end(response('503 Service Unavailable', 'later', 'Connection: close\r\n'));
      return;
    case 'head-truncated-fin':
      socket.end('HTTP/1.1 200 OK\r\nContent-Le');
      return;
    case 'length-truncated-fin':
      socket.end(answer.slice(0, -5));
      return;
    case 'chunked-truncated-fin':
      socket.end(`${CHUNKED_HEAD}${chunk(body)}`);
      return;
    case 'length-truncated-rst':
      socket.write(answer.slice(0, -5), () => socket.resetAndDestroy());
      return;
    case 'chunked-truncated-rst':
      socket.write(`${CHUNKED_HEAD}${chunk(body)}`, () => socket.resetAndDestroy());
      return;
    case 'garbage':
      socket.write('220 mail.example ESMTP ready\r\n\r\n');
      return;
    case 'bad-chunk':
      socket.write(`${CHUNKED_HEAD}${chunk(body)}zz\r\n`);
      return;
    case 'never-answers':
      return;
    case 'stops-in-body':
      socket.write(answer.slice(0, -5));
      return;
    case 'wrong-body':
      socket.write(response('200 OK', 'wrong, somebody else asked for this\n'));
      return;
    case 'answers-twice':
      socket.write(answer + answer);
      return;
  }
}

function response(status: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function chunk(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n`;
}

const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Collects one request at a time, body included. */
class RequestReader {
  #seen: Buffer = Buffer.alloc(0);

  push(piece: Buffer): ReceivedRequest | undefined {
    this.#seen = Buffer.concat([this.#seen, piece]);
    const headEnd = this.#seen.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const [requestLine = '', ...lines] = this.#seen.toString('latin1', 0, headEnd).split('\r\n');
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const rest = this.#seen.subarray(headEnd + 4);
    const body = headers.get('transfer-encoding') === 'chunked' ? dechunk(rest) : takeLength(rest, Number(headers.get('content-length') ?? 0));
    if (body === undefined) return undefined;
    this.#seen = Buffer.alloc(0);
    const [method = '', path = ''] = requestLine.split(' ');
    const id = headers.get('x-spotproof-request') ?? '';
    return { id, number: Number(id.slice(id.lastIndexOf('-') + 1)), method, path, headers, body };
  }
}

function takeLength(octets: Buffer, length: number): Buffer | undefined {
  return octets.length < length ? undefined : Buffer.from(octets.subarray(0, length));
}

function dechunk(octets: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = octets.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(octets.toString('latin1', at, lineEnd), 16);
    const from = lineEnd + 2;
    if (octets.length < from + length + 2) return undefined;
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(octets.subarray(from, from + length));
    at = from + length + 2;
  }
}

import { Buffer } from 'node:buffer';
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '@spotproof/core';
import type { NodeAddress } from '../balancer/protocol.ts';
import type { Outcome } from './client-record.ts';
import type { Exchange } from './exchange.ts';
import { judgeCall } from './grpc-check.ts';
import { frameMessage, MessageCounter } from './grpc-messages.ts';
import { parseRetryAfter } from './retry.ts';

export interface Http2ClientOwner {
  readonly clock: Clock;
  /** The exchange has its outcome. */
  ended(exchange: Exchange): void;
  /** Nothing can change the outcome any more. */
  settled(exchange: Exchange): void;
}

/** A client's HTTP/2 connections to one node. Requests share one until it is full. */
export class Http2Client {
  readonly #node: NodeAddress;
  readonly #scheme: 'http' | 'https';
  readonly #owner: Http2ClientOwner;
  readonly #sessions = new Set<ClientSession>();

  constructor(node: NodeAddress, scheme: 'http' | 'https', owner: Http2ClientOwner) {
    this.#node = node;
    this.#scheme = scheme;
    this.#owner = owner;
  }

  send(exchange: Exchange): void {
    let session = [...this.#sessions].find(({ takesMore }) => takesMore);
    if (session === undefined) {
      session = new ClientSession({ node: this.#node, scheme: this.#scheme, onOver: (over) => this.#sessions.delete(over) });
      this.#sessions.add(session);
    }
    exchange.connection = session.uses++ === 0 ? 'fresh' : 'reused';
    exchange.protocol = exchange.kind.spec.grpc === undefined ? 'h2' : 'grpc';
    exchange.sentAt = this.#owner.clock.now();
    new Http2Call({ exchange, session, node: this.#node, scheme: this.#scheme, owner: this.#owner }).start();
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }
}

/** One connection. */
class ClientSession {
  uses = 0;
  isConnected = false;
  /** How it broke, once it did. */
  how: 'fin' | 'rst' = 'fin';
  failure: string | undefined;
  readonly http2: ClientHttp2Session;
  #streams = 0;

  constructor(options: { readonly node: NodeAddress; readonly scheme: 'http' | 'https'; readonly onOver: (session: ClientSession) => void }) {
    const { node, scheme, onOver } = options;
    const socket = openSocket(node, scheme);
    socket.on(scheme === 'https' ? 'secureConnect' : 'connect', () => {
      this.isConnected = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.how = 'rst';
      this.failure = error.code ?? error.message;
    });
    this.http2 = connectHttp2(`${scheme}://${node.host}:${node.port}`, { createConnection: () => socket });
    this.http2.on('error', () => {});
    this.http2.on('close', () => onOver(this));
    socket.on('close', () => onOver(this));
  }

  get takesMore(): boolean {
    return !this.http2.closed && !this.http2.destroyed && this.#streams < MOST_STREAMS;
  }

  request(headers: Record<string, string>, endStream: boolean): ClientHttp2Stream {
    const stream = this.http2.request(headers, { endStream });
    this.#streams++;
    stream.on('close', () => this.#streams--);
    return stream;
  }

  close(): void {
    this.http2.close();
  }
}

/** One request and its answer on a stream of its own. */
class Http2Call {
  readonly #exchange: Exchange;
  readonly #session: ClientSession;
  readonly #node: NodeAddress;
  readonly #scheme: 'http' | 'https';
  readonly #owner: Http2ClientOwner;
  readonly #messages = new MessageCounter();
  #stream: ClientHttp2Stream | undefined;
  #grpcStatus: number | undefined;
  #grpcMessage: string | undefined;

  constructor(options: {
    readonly exchange: Exchange;
    readonly session: ClientSession;
    readonly node: NodeAddress;
    readonly scheme: 'http' | 'https';
    readonly owner: Http2ClientOwner;
  }) {
    this.#exchange = options.exchange;
    this.#session = options.session;
    this.#node = options.node;
    this.#scheme = options.scheme;
    this.#owner = options.owner;
  }

  start(): void {
    const exchange = this.#exchange;
    const { grpc } = exchange.kind.spec;
    const body = exchange.planned.body;
    const stream = this.#session.request(this.#headers(), grpc === undefined && body === undefined);
    this.#stream = stream;
    exchange.expire = () => this.#expire();
    let hasEnded = false;
    stream.on('response', (headers) => this.#onResponse(headers));
    stream.on('data', (octets: Buffer) => this.#onData(octets));
    stream.on('trailers', (trailers) => this.#readStatus(trailers));
    stream.on('end', () => {
      hasEnded = true;
    });
    // `close` follows and says the same.
    stream.on('error', () => {});
    stream.on('close', () => this.#onClose(hasEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR));
    if (grpc !== undefined) stream.end(frameMessage(Buffer.from(grpc.message, 'base64')));
    else if (body !== undefined) this.#sendPiece(0);
  }

  #headers(): Record<string, string> {
    const { kind, planned, id, idempotencyKey } = this.#exchange;
    const { spec } = kind;
    const given = Object.fromEntries(Object.entries(spec.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const { host, ...headers } = given;
    const length = planned.body === undefined || planned.body.chunked ? undefined : planned.body.pieces[0]?.length;
    return {
      ':method': spec.method,
      ':path': planned.path,
      ':scheme': this.#scheme,
      ':authority': host ?? `${this.#node.host}:${this.#node.port}`,
      'user-agent': 'spotproof-lab',
      ...(length === undefined ? {} : { 'content-length': String(length) }),
      ...(spec.grpc === undefined ? {} : { 'content-type': 'application/grpc', te: 'trailers' }),
      ...headers,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      'x-spotproof-request': id,
    };
  }

  #sendPiece(index: number): void {
    const body = this.#exchange.planned.body;
    const piece = body?.pieces[index];
    if (body === undefined || piece === undefined || this.#stream === undefined || this.#stream.destroyed) return;
    if (index === body.pieces.length - 1) {
      this.#stream.end(piece);
      return;
    }
    this.#stream.write(piece);
    this.#owner.clock.schedule(body.gapsMs[index + 1] ?? 0, () => this.#sendPiece(index + 1));
  }

  #onResponse(headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined }): void {
    const exchange = this.#exchange;
    exchange.firstByteAt = this.#owner.clock.now();
    exchange.status = headers[':status'];
    exchange.answeredBy = headers['server'] === 'awselb/2.0' ? 'balancer' : 'app';
    if (exchange.kind.spec.retry !== undefined) exchange.retryAfterMs = parseRetryAfter(headers['retry-after'] ?? '');
    exchange.octets = 1;
    this.#readStatus(headers);
    if (exchange.kind.check.readsBody) exchange.body = exchange.kind.check.read(exchange.planned.body);
  }

  #onData(octets: Buffer): void {
    this.#exchange.octets += octets.length;
    if (this.#exchange.kind.spec.grpc === undefined) this.#exchange.body?.take(octets);
    else this.#messages.push(octets);
  }

  #readStatus(headers: IncomingHttpHeaders): void {
    const { 'grpc-status': status, 'grpc-message': message } = headers;
    if (typeof status === 'string' && /^\d{1,2}$/.test(status)) this.#grpcStatus = Number(status);
    if (typeof message === 'string') this.#grpcMessage = message;
  }

  #onClose(isComplete: boolean): void {
    const exchange = this.#exchange;
    if (exchange.outcome !== undefined) return;
    if (isComplete && exchange.status !== undefined) {
      const { outcome, detail } = this.#judge(exchange.status);
      this.#end(outcome, detail);
      return;
    }
    const { isConnected, how, failure, http2 } = this.#session;
    if (!isConnected) {
      this.#end('refused', `expected a connection to ${this.#node.host}:${this.#node.port}, got ${failure ?? 'none'}`);
      return;
    }
    const broke = http2.destroyed;
    const manner = broke
      ? `a connection ${how === 'fin' ? 'closed' : 'reset'} by the other side`
      : `a stream reset with code ${this.#stream?.rstCode ?? '?'}`;
    const kind = broke ? how : 'rst';
    if (exchange.status === undefined) this.#end(`no-response-${kind}`, `expected a response, got ${manner}`);
    else this.#end(`truncated-${kind}`, `expected the rest of a response, got ${manner}`);
  }

  #judge(status: number): { readonly outcome: Outcome; readonly detail: string | undefined } {
    const exchange = this.#exchange;
    const { grpc } = exchange.kind.spec;
    if (grpc === undefined) return exchange.kind.check.judge(status, exchange.body);
    exchange.grpcStatus = this.#grpcStatus;
    return judgeCall(grpc, { httpStatus: status, grpcStatus: this.#grpcStatus, grpcMessage: this.#grpcMessage, messages: this.#messages.messages });
  }

  #expire(): void {
    const exchange = this.#exchange;
    if (exchange.outcome !== undefined) return;
    const got = !this.#session.isConnected ? 'no connection' : exchange.status === undefined ? 'nothing' : 'a part of one';
    this.#end('timed-out', `expected a complete response within ${exchange.kind.spec.timeoutMs} ms, got ${got}`);
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #end(outcome: Outcome, detail: string | undefined): void {
    const exchange = this.#exchange;
    exchange.outcome = outcome;
    exchange.detail = detail;
    exchange.endedAt = this.#owner.clock.now();
    exchange.body = undefined;
    exchange.expire = undefined;
    this.#owner.ended(exchange);
    this.#owner.settled(exchange);
  }
}

function openSocket({ host, port }: NodeAddress, scheme: 'http' | 'https'): Socket {
  if (scheme === 'http') return connect({ host, port, noDelay: true });
  // The lab makes the certificate anew for each run, for itself.
  return connectTls({ host, port, ALPNProtocols: ['h2'], rejectUnauthorized: false });
}

/** Below the 128 that the balancer takes on one connection. */
const MOST_STREAMS = 100;

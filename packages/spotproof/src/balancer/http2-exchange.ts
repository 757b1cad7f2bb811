import { constants, type ClientHttp2Stream, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { epochNow } from '../epoch.ts';
import type { AccessLogFacts } from './access-log.ts';
import type { BalancerCause, BalancerRecord } from './balancer-record.ts';
import type { ChosenTarget, SettledExchange } from './exchange.ts';
import type { FrontNode } from './front-connection.ts';
import { generatedPage, type GeneratedStatus } from './generated-response.ts';
import { causeOf, type TargetLoss } from './target-connection.ts';
import { resetStream, type StreamExchange, type StreamOptions } from './http2-stream.ts';
import { forwardedHeaders } from './http2-headers.ts';
import type { Http2Borrower, Http2TargetSession } from './http2-pool.ts';

/**
 * One request and its response, HTTP/2 on both sides: octets and trailers go through as they come.
 *
 * A stream that its target provably never looked at (REFUSED_STREAM, or above the last stream id of its GOAWAY; RFC 9113, 8.7) is sent again to the same target
 * on another connection, if its request is still whole here. That an Application Load Balancer does so is inferred, not documented; a gateway that did not would
 * fail requests in each deployment. Anything else is never sent twice.
 */
export class Http2Exchange implements StreamExchange, SettledExchange, Http2Borrower {
  chosen: ChosenTarget | undefined;
  readonly endsWithHeaders: boolean;
  headers: OutgoingHttpHeaders = {};
  readonly #options: StreamOptions;
  readonly #node: FrontNode;
  readonly #client: ServerHttp2Stream;
  readonly #receivedAt: number;
  #target: ClientHttp2Stream | undefined;
  #session: Http2TargetSession | undefined;
  /** What has come of the request, as long as it is small: for a target that never looked at it. */
  #body: Buffer[] | undefined = [];
  #bodyOctets = 0;
  #hasWholeRequest = false;
  #attempts = 0;
  #phase: 'awaited' | 'begun' | 'ended' | 'settled' = 'awaited';
  #trailers: OutgoingHttpHeaders | undefined;
  #hasAllOfResponse = false;
  #wantsTrailers = false;
  #lastActivityAt: number;
  #traceId = '-';
  #connection: 'fresh' | 'reused' | undefined;
  #idleMs: number | undefined;
  #sentAt: number | undefined;
  #firstByteAt: number | undefined;
  #status: number | undefined;
  #targetStatus: number | undefined;
  #sentOctets = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#node = options.node;
    this.#client = options.stream;
    this.endsWithHeaders = options.endsWithHeaders;
    this.#hasWholeRequest = options.endsWithHeaders;
    this.#receivedAt = options.client.lastActivityAt;
    this.#lastActivityAt = this.#receivedAt;
  }

  start(): void {
    const { client, headers, request } = this.#options;
    this.#node.onExchange(this);
    this.#client.on('error', () => {});
    this.#client.on('close', () => this.#onClientGone());
    this.#client.on('data', (chunk: Buffer) => this.#onRequestBody(chunk));
    this.#client.on('end', () => {
      this.#hasWholeRequest = true;
      if (!this.endsWithHeaders) this.#target?.end();
    });
    this.#client.on('drain', () => this.#target?.resume());
    this.#client.on('wantTrailers', () => {
      this.#wantsTrailers = true;
      this.#sendTrailers();
    });
    if (request.method === 'TRACE' || request.method === 'CONNECT') return this.fail(405, 'bad-request');
    if (this.#node.protocolVersion === 'grpc' && request.method !== 'POST') return this.fail(464, 'protocol-mismatch');
    this.#traceId = this.#node.traceIds.next(undefined, this.#receivedAt);
    const { proto, port } = this.#node;
    this.headers = forwardedHeaders(headers, { clientAddress: client.address, proto, port, traceId: this.#traceId });
    this.chosen = this.#node.choose();
    if (this.chosen === undefined) return this.fail(503, 'no-registered-targets');
    this.#lease();
  }

  /** Answers with this balancer's own response; in the middle of one, cuts it. */
  fail(status: GeneratedStatus, cause: BalancerCause | undefined): void {
    if (this.#phase === 'settled') return;
    const phase = this.#phase;
    if (phase === 'awaited') this.#status = status;
    this.#settle(cause);
    this.#dropTarget();
    if (phase !== 'awaited') {
      resetStream(this.#client);
      return;
    }
    if (this.#client.destroyed || this.#client.headersSent) return;
    const page = generatedPage(status);
    const head = {
      ':status': status,
      server: 'awselb/2.0',
      date: new Date().toUTCString(),
      'content-type': 'text/html',
      'content-length': page.length,
    };
    const isHead = this.#options.request.method === 'HEAD';
    this.#client.respond(head, { endStream: isHead });
    if (!isHead) this.#client.end(page);
  }

  checkTimeouts(now: number): void {
    if (this.#phase === 'settled') return;
    if (this.#session?.phase === 'connecting' && now - this.#session.openedAt >= this.#node.connectTimeoutMs)
      this.fail(504, 'target-connect-timeout');
    else if (now - this.#lastActivityAt >= this.#node.idleTimeoutMs) {
      if (this.#hasWholeRequest) this.fail(504, 'target-idle-timeout');
      else this.fail(408, 'bad-request');
    }
  }

  accessLogFacts(record: BalancerRecord): AccessLogFacts {
    const { client, request } = this.#options;
    return {
      record,
      client: client.name,
      targetAddress: this.chosen?.pool.targetName,
      method: request.method,
      url: `${this.#node.proto}://${request.host}${request.path}`,
      userAgent: request.userAgent,
      host: request.host,
      traceId: this.#traceId,
      receivedOctets: this.#bodyOctets,
      sentOctets: this.#sentOctets,
      protocol: 'HTTP/2.0',
      type: request.isGrpc ? 'grpcs' : 'h2',
    };
  }

  // From the target.

  onStream(stream: ClientHttp2Stream, session: Http2TargetSession): void {
    if (this.#phase === 'settled') {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    const now = epochNow();
    this.#target = stream;
    this.#session = session;
    this.#connection = session.uses === 1 ? 'fresh' : 'reused';
    if (session.uses > 1) this.#idleMs = Math.max(0, now - session.lastActivityAt);
    this.#sentAt = now;
    this.#lastActivityAt = now;
    stream.on('headers', (headers, _flags) => this.#onInterim(headers));
    stream.on('response', (headers, flags) => this.#onResponse(headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    stream.on('data', (chunk: Buffer) => this.#onResponseBody(chunk));
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers;
      this.#sendTrailers();
    });
    let hasEnded = false;
    stream.on('end', () => {
      hasEnded = true;
    });
    stream.on('drain', () => {
      if (!this.#client.destroyed) this.#client.resume();
    });
    let isUnseen = false;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_HTTP2_GOAWAY_SESSION') isUnseen = true;
    });
    stream.on('close', () => this.#onTargetClosed(stream, { hasEnded, isUnseen }));
    for (const piece of this.#body ?? []) stream.write(piece);
    if (this.#hasWholeRequest && !this.endsWithHeaders) stream.end();
    this.#client.resume();
  }

  onNoStream(loss: TargetLoss): void {
    if (this.#phase === 'settled') return;
    if (loss === 'rst' && this.#mayTryAgain()) this.#lease();
    else this.fail(502, causeOf(loss, 'awaited'));
  }

  #lease(): void {
    this.#attempts++;
    this.#target = undefined;
    this.#session = this.chosen?.http2.request(this);
  }

  #onRequestBody(chunk: Buffer): void {
    this.#lastActivityAt = epochNow();
    this.#bodyOctets += chunk.length;
    if (this.#phase === 'settled') return;
    if (this.#bodyOctets <= MOST_KEPT_OCTETS) this.#body?.push(chunk);
    else if (this.#target !== undefined) this.#body = undefined;
    else this.#body?.push(chunk);
    if (this.#target === undefined) {
      // Held back until there is a stream to send it on.
      if (this.#bodyOctets > MOST_KEPT_OCTETS) this.#client.pause();
    } else if (!this.#target.write(chunk)) this.#client.pause();
  }

  #onInterim(headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined }): void {
    if (headers[':status'] === 103 && this.#phase === 'awaited' && !this.#client.destroyed) this.#client.additionalHeaders(headers);
  }

  #onResponse(headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined }, endsWithHeaders: boolean): void {
    if (this.#phase !== 'awaited' || this.#client.destroyed) return;
    const now = epochNow();
    this.#lastActivityAt = now;
    this.#firstByteAt = now;
    this.#phase = 'begun';
    this.#status = headers[':status'];
    this.#targetStatus = headers[':status'];
    const { ':status': status, ...rest } = headers;
    this.#client.respond({ ':status': status, ...rest }, endsWithHeaders ? { endStream: true } : { waitForTrailers: true });
  }

  #onResponseBody(chunk: Buffer): void {
    this.#lastActivityAt = epochNow();
    this.#sentOctets += chunk.length;
    if (this.#phase !== 'begun' || this.#client.destroyed) return;
    if (!this.#client.write(chunk)) this.#target?.pause();
  }

  #onTargetClosed(stream: ClientHttp2Stream, { hasEnded, isUnseen }: { readonly hasEnded: boolean; readonly isUnseen: boolean }): void {
    if (stream !== this.#target || this.#phase === 'settled') return;
    if (this.#phase === 'begun' && hasEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
      this.#phase = 'ended';
      this.#hasAllOfResponse = true;
      this.#settle(undefined);
      if (!this.#client.destroyed && this.#client.writable) this.#client.end();
      this.#sendTrailers();
      return;
    }
    const neverSeen = isUnseen || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || (stream.id ?? 0) > (this.#session?.lastStreamId ?? Infinity);
    if (this.#phase === 'awaited' && neverSeen && this.#mayTryAgain()) {
      this.#lease();
      return;
    }
    // A connection that broke says how; a stream that was reset on one that lives is a reset.
    const loss: TargetLoss = this.#session?.phase === 'over' || stream.session?.destroyed === true ? (this.#session?.loss ?? 'rst') : 'rst';
    this.fail(502, causeOf(loss, this.#phase === 'awaited' ? 'awaited' : 'begun'));
  }

  #mayTryAgain(): boolean {
    return this.#attempts < MOST_ATTEMPTS && this.#body !== undefined;
  }

  /** The client's stream asks for them when its last octet is out; the target's may come before or after that. */
  #sendTrailers(): void {
    if (!this.#wantsTrailers || (this.#trailers === undefined && !this.#hasAllOfResponse) || this.#client.destroyed) return;
    this.#wantsTrailers = false;
    this.#client.sendTrailers(this.#trailers ?? {});
  }

  #onClientGone(): void {
    if (this.#phase === 'settled') return;
    this.#settle('client-closed');
    this.#dropTarget();
  }

  #dropTarget(): void {
    const target = this.#target;
    this.#target = undefined;
    if (target !== undefined && !target.destroyed) target.close(constants.NGHTTP2_CANCEL);
  }

  #settle(cause: BalancerCause | undefined): void {
    this.#phase = 'settled';
    this.#body = undefined;
    this.#node.onSettled(this, {
      id: this.#options.request.id,
      node: this.#node.name,
      target: this.chosen?.pool.target.id,
      connection: this.#connection,
      targetState: this.chosen?.state,
      receivedAt: this.#receivedAt,
      sentAt: this.#sentAt,
      firstByteAt: this.#firstByteAt,
      endedAt: epochNow(),
      status: this.#status,
      targetStatus: this.#targetStatus,
      cause,
      idleMs: this.#idleMs,
    });
  }
}

/** Of a request body, for a second attempt. */
const MOST_KEPT_OCTETS = 65_536;
const MOST_ATTEMPTS = 3;

import type { ServerHttp2Stream } from 'node:http2';
import { createResponseFramer, type RequestHead, type ResponseFramer, type ResponseHead } from '@spotproof/core/http1';
import { epochNow } from '../epoch.ts';
import { Exchange, type ExchangeClient } from './exchange.ts';
import { forwardRequest } from './forwarded-request.ts';
import type { FrontNode } from './front-connection.ts';
import { Outbox } from './outbox.ts';
import { resetStream, type StreamExchange, type StreamOptions } from './http2-stream.ts';
import { http2HeadersOf, rawHeadersOf } from './http2-headers.ts';

/** A stream of a client that goes to a target as HTTP/1.1, which is what target groups speak unless told otherwise: a translation on both ways. */
export class FrontStream implements ExchangeClient, StreamExchange {
  readonly name: string;
  readonly address: string;
  readonly outbox = new Outbox({ copies: true });
  lastActivityAt: number;
  readonly #options: StreamOptions;
  readonly #node: FrontNode;
  readonly #stream: ServerHttp2Stream;
  readonly #framer: ResponseFramer;
  readonly #isChunked: boolean;
  readonly #method: string;
  #exchange: Exchange | undefined;
  #isFlowing = true;

  constructor(options: StreamOptions) {
    const { client, headers, request, stream } = options;
    this.#options = options;
    this.#node = options.node;
    this.#stream = stream;
    this.name = client.name;
    this.address = client.address;
    this.lastActivityAt = client.lastActivityAt;
    this.#method = request.method;
    this.#isChunked = !options.endsWithHeaders && headers['content-length'] === undefined;
    this.#framer = createResponseFramer(
      {
        onHead: (head) => this.#onHead(head),
        onInterim: (head) => {
          if (head.status === 103 && this.#canWrite()) stream.additionalHeaders(http2HeadersOf(head.status, head.headers));
        },
        onBody: (bytes) => {
          // The piece lies in memory that is used again.
          if (this.#canWrite()) this.#isFlowing = stream.write(Buffer.from(bytes));
        },
        onMessageEnd: () => {
          if (this.#canWrite()) stream.end();
        },
        onError: () => resetStream(stream),
      },
      { body: 'payload' },
    );
    this.#framer.expect(request.method);
  }

  start(): void {
    const { headers, request, endsWithHeaders } = this.#options;
    const head: RequestHead = {
      kind: 'request',
      version: '1.1',
      method: request.method,
      target: request.path,
      headers: this.#isChunked ? [...rawHeadersOf(headers), 'Transfer-Encoding', 'chunked'] : rawHeadersOf(headers),
      framing: endsWithHeaders ? 'none' : this.#isChunked ? 'chunked' : 'length',
      contentLength: undefined,
      keepAlive: true,
      wire: NOTHING,
      upgrade: undefined,
      expectContinue: false,
    };
    const exchange = new Exchange({ node: this.#node, client: this, head, receivedAt: this.lastActivityAt, protocol: 'HTTP/2.0' });
    this.#exchange = exchange;
    this.#node.onExchange(exchange);
    this.#stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#stream.on('end', () => this.#onEnd());
    this.#stream.on('drain', () => {
      this.#isFlowing = true;
      this.#exchange?.onClientDrain();
    });
    this.#stream.on('error', () => {});
    this.#stream.on('close', () => this.#onGone());
    const forwarded = forwardRequest(head, this, this.#node);
    if (request.isGrpc) exchange.fail(464, 'protocol-mismatch', { close: true });
    else if (request.method === 'TRACE' || request.method === 'CONNECT') exchange.fail(405, 'bad-request', { close: true });
    else if (typeof forwarded === 'number') exchange.fail(forwarded, 'bad-request', { close: true });
    else exchange.start(forwarded);
    if (endsWithHeaders) this.#exchange?.onRequestEnd();
    this.#exchange?.flushToTarget();
  }

  checkTimeouts(now: number): void {
    this.#exchange?.checkTimeouts(now);
  }

  flush(): boolean {
    this.outbox.drainTo((bytes) => this.#framer.push(bytes));
    return this.#isFlowing;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#stream.destroyed) this.#stream.resume();
  }

  /** Connections outlive their streams here; when one must go, the session sends GOAWAY. */
  mustClose(): boolean {
    return false;
  }

  onExchangeOver({ close }: { readonly close: boolean }): void {
    this.#exchange = undefined;
    // A body without a length ended with its connection.
    if (close) this.#framer.end();
  }

  truncate(): void {
    this.#exchange = undefined;
    resetStream(this.#stream);
  }

  /** Nobody upgrades in HTTP/2: the request said nothing of it. */
  enterTunnel(): void {}

  #onHead(head: ResponseHead): void {
    // Node ends the writable side of a HEAD request by itself, before its response.
    if (this.#stream.destroyed || this.#stream.headersSent) return;
    const hasNoBody = this.#method === 'HEAD' || head.framing === 'none';
    this.#stream.respond(http2HeadersOf(head.status, head.headers), { endStream: hasNoBody });
  }

  #onData(chunk: Buffer): void {
    this.lastActivityAt = epochNow();
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (this.#isChunked) {
      exchange.onRequestBody(Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'));
      exchange.onRequestBody(chunk);
      exchange.onRequestBody(LINE_END);
    } else {
      exchange.onRequestBody(chunk);
    }
    exchange.flushToTarget();
  }

  #onEnd(): void {
    if (this.#options.endsWithHeaders) return;
    this.lastActivityAt = epochNow();
    if (this.#isChunked) this.#exchange?.onRequestBody(LAST_CHUNK);
    this.#exchange?.flushToTarget();
    this.#exchange?.onRequestEnd();
  }

  #onGone(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.onClientGone();
  }

  #canWrite(): boolean {
    return !this.#stream.destroyed && this.#stream.writable;
  }
}

const NOTHING = new Uint8Array(0);
const LINE_END = Buffer.from('\r\n', 'latin1');
const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1');

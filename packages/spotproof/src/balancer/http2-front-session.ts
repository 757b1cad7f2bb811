import { performServerHandshake, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { epochNow } from '../epoch.ts';
import type { FrontConnection, FrontNode } from './front-connection.ts';
import { FrontStream } from './http2-front-stream.ts';
import { readRequest } from './http2-headers.ts';
import { Http2Exchange } from './http2-exchange.ts';
import type { StreamExchange } from './http2-stream.ts';

/** Whatever a node holds open towards a client. */
export type Front = Pick<FrontConnection, 'sweep' | 'stop' | 'destroy'>;

/** A client's HTTP/2 connection: each stream of it is an exchange of its own, towards targets of either protocol version. */
export class FrontSession implements Front {
  readonly #session: ServerHttp2Session;
  readonly #node: FrontNode;
  readonly #name: string;
  readonly #address: string;
  readonly #openedAt = epochNow();
  readonly #streams = new Set<StreamExchange>();
  #lastActivityAt = this.#openedAt;
  #isOver = false;

  constructor(socket: Socket, node: FrontNode) {
    this.#node = node;
    this.#address = socket.remoteAddress ?? '127.0.0.1';
    this.#name = `${this.#address}:${socket.remotePort ?? 0}`;
    this.#session = performServerHandshake(socket, { settings: { maxConcurrentStreams: MAX_STREAMS } });
    this.#session.on('stream', (stream, headers) => this.#onStream(stream, headers));
    // What breaks the connection ends its streams, and each of those is on record.
    this.#session.on('error', () => {});
    this.#session.on('close', () => this.#onGone());
    socket.on('error', () => {});
    socket.on('close', () => this.#onGone());
  }

  sweep(now: number): void {
    for (const stream of this.#streams) stream.checkTimeouts(now);
    const isOld = now - this.#openedAt >= this.#node.clientKeepAliveMs;
    const isIdle = this.#streams.size === 0 && now - this.#lastActivityAt >= this.#node.idleTimeoutMs;
    // Both are GOAWAY and the end after the last stream.
    if (isOld || isIdle) this.stop();
  }

  stop(): void {
    if (!this.#session.closed && !this.#session.destroyed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#onGone();
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.#lastActivityAt = epochNow();
    const options = {
      node: this.#node,
      stream,
      headers,
      request: readRequest(headers),
      endsWithHeaders: stream.readableEnded || stream.endAfterHeaders,
      client: { name: this.#name, address: this.#address, lastActivityAt: this.#lastActivityAt },
    };
    const exchange = this.#node.protocolVersion === 'http1' ? new FrontStream(options) : new Http2Exchange(options);
    this.#streams.add(exchange);
    stream.once('close', () => {
      this.#streams.delete(exchange);
      this.#lastActivityAt = epochNow();
    });
    exchange.start();
  }

  #onGone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#node.onFrontClosed(this);
  }
}

/** "Up to 128 requests in parallel using one HTTP/2 connection" (Listeners for your Application Load Balancers). */
const MAX_STREAMS = 128;

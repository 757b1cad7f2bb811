import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createRequestFramer, type Framer, type FramingError, type RequestHead } from '@spotproof/core/http1';
import type { BalancerRecord } from './balancer-record.ts';
import { epochNow } from '../epoch.ts';
import { Exchange, type ExchangeClient, type ExchangeNode, type SettledExchange } from './exchange.ts';
import { forwardRequest } from './forwarded-request.ts';
import { generatedResponse, type GeneratedStatus } from './generated-response.ts';
import type { ProtocolVersion } from './protocol.ts';
import { Outbox } from './outbox.ts';
import type { TraceIds } from './trace-id.ts';

/** The node, as far as a client connection needs it. */
export interface FrontNode extends ExchangeNode {
  readonly host: string;
  readonly port: number;
  readonly clientKeepAliveMs: number;
  readonly traceIds: TraceIds;
  /** The `X-Forwarded-*` headers that are the same for every request. */
  readonly forwardedLines: string;
  readonly isStopping: boolean;
  readonly protocolVersion: ProtocolVersion;
  onExchange(exchange: SettledExchange): void;
  /** A request that never became an exchange, since its head could not be read. */
  onUnreadable(record: BalancerRecord): void;
  onFrontClosed(front: Pick<FrontConnection, 'sweep' | 'stop' | 'destroy'>): void;
}

/** A client's connection: frames its requests, lets one exchange at a time have it, holds back what was pipelined behind. */
export class FrontConnection implements ExchangeClient {
  readonly name: string;
  readonly outbox = new Outbox({ copies: true });
  lastActivityAt = epochNow();
  readonly #socket: Socket;
  readonly #node: FrontNode;
  readonly #framer: Framer;
  /** Without the port. */
  readonly address: string;
  readonly #openedAt = this.lastActivityAt;
  #phase: 'open' | 'tunnel' | 'closing' | 'closed' = 'open';
  #exchange: Exchange | undefined;
  /** Bytes behind the current request, which wait for its end. */
  #behind: Uint8Array | undefined;
  #hasSentAnything = false;
  #hasHalfClosed = false;
  #isPaused = false;

  constructor(socket: Socket, node: FrontNode) {
    this.#socket = socket;
    this.#node = node;
    this.address = socket.remoteAddress ?? '127.0.0.1';
    this.name = `${this.address}:${socket.remotePort ?? 0}`;
    this.#framer = createRequestFramer({
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => this.#exchange?.onRequestBody(bytes),
      onMessageEnd: () => {
        this.#exchange?.onRequestEnd();
        if (this.#exchange !== undefined) this.#framer.pause();
      },
      onError: (error) => this.#onFramingError(error),
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#exchange?.onClientDrain());
    socket.on('error', () => this.#onGone());
    socket.on('close', () => this.#onGone());
  }

  flush(): boolean {
    return this.outbox.flushTo(this.#socket);
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#behind !== undefined) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  mustClose(now: number): boolean {
    return this.#hasHalfClosed || this.#node.isStopping || now - this.#openedAt >= this.#node.clientKeepAliveMs;
  }

  onExchangeOver({ close }: { readonly close: boolean }): void {
    this.#exchange = undefined;
    if (close || this.#hasHalfClosed || this.#node.isStopping) {
      this.#closeGently();
      return;
    }
    if (this.#phase !== 'open') return;
    this.#framer.resume();
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind !== undefined) this.#feed(behind);
    this.resume();
  }

  truncate(how: 'fin' | 'rst'): void {
    this.#exchange = undefined;
    this.#phase = 'closing';
    // Node resets bare TCP sockets only. Over TLS the missing close_notify says it, to clients that look for that.
    if (how === 'rst' && !(this.#socket instanceof TLSSocket)) this.#socket.resetAndDestroy();
    else this.#socket.destroySoon();
  }

  enterTunnel(): void {
    this.#phase = 'tunnel';
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind !== undefined) this.#exchange?.onTunnelClientData(behind);
    this.resume();
  }

  /** Applies the timeouts; called now and then. */
  sweep(now: number): void {
    if (this.#exchange !== undefined) {
      this.#exchange.checkTimeouts(now);
      return;
    }
    const idleMs = now - this.lastActivityAt;
    if (this.#phase === 'closing') {
      if (idleMs >= LINGER_MS) this.destroy();
      return;
    }
    if (idleMs < this.#node.idleTimeoutMs) return;
    // "HTTP 408: the client did not send data before the idle timeout period expired." Between requests silence is no fault.
    if (this.#hasSentAnything && this.#framer.state === 'idle') this.#closeGently();
    else this.#refuseUnreadable(408, 'bad-request');
  }

  /** The node is stopping: whoever is between two requests leaves now, others after their response. */
  stop(): void {
    if (this.#exchange === undefined && this.#framer.state === 'idle') this.#closeGently();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#onGone();
  }

  #onData(chunk: Buffer): void {
    this.lastActivityAt = epochNow();
    this.#hasSentAnything = true;
    switch (this.#phase) {
      case 'open':
        if (this.#behind === undefined) this.#feed(chunk);
        else this.#behind = Buffer.concat([this.#behind, chunk]);
        return;
      case 'tunnel':
        this.#exchange?.onTunnelClientData(chunk);
        return;
      case 'closing':
      case 'closed':
    }
  }

  #feed(chunk: Uint8Array): void {
    const consumed = this.#framer.push(chunk);
    this.#exchange?.flushToTarget();
    this.flush();
    if (consumed === chunk.length || this.#phase !== 'open') return;
    this.#behind = consumed === 0 ? chunk : chunk.subarray(consumed);
    this.pause();
  }

  #onHead(head: RequestHead): void {
    const exchange = new Exchange({ node: this.#node, client: this, head, receivedAt: this.lastActivityAt });
    this.#exchange = exchange;
    this.#node.onExchange(exchange);
    const forwarded = forwardRequest(head, this, this.#node);
    if (FORBIDDEN_METHODS.has(head.method)) exchange.fail(405, 'bad-request', { close: true });
    else if (this.#node.protocolVersion !== 'http1') exchange.fail(464, 'protocol-mismatch', { close: true });
    else if (typeof forwarded === 'number') exchange.fail(forwarded, 'bad-request', { close: true });
    else exchange.start(forwarded);
  }

  #onFramingError(error: FramingError): void {
    const gaveUp = error.code === 'ended-in-head' || error.code === 'ended-in-body';
    const status = STATUS_OF_FRAMING_ERROR.get(error.status) ?? 400;
    if (this.#exchange === undefined) this.#refuseUnreadable(status, gaveUp ? 'client-closed' : 'bad-request');
    else this.#exchange.fail(status, gaveUp ? 'client-closed' : 'bad-request', { close: true });
  }

  #refuseUnreadable(status: GeneratedStatus, cause: 'bad-request' | 'client-closed'): void {
    const now = epochNow();
    this.#node.onUnreadable({
      id: undefined,
      node: this.#node.name,
      target: undefined,
      connection: undefined,
      targetState: undefined,
      receivedAt: this.lastActivityAt,
      sentAt: undefined,
      firstByteAt: undefined,
      endedAt: now,
      status,
      targetStatus: undefined,
      cause,
      idleMs: undefined,
    });
    this.outbox.addText(generatedResponse({ status, isHead: false, close: true }));
    this.#closeGently();
  }

  #onEnd(): void {
    this.#hasHalfClosed = true;
    if (this.#phase === 'tunnel') {
      this.#exchange?.onTunnelClientEnd();
      return;
    }
    // A client may finish sending and still read: between messages the framer thinks nothing of it, and who awaits an answer gets it.
    if (this.#phase === 'open') this.#framer.end();
    if (this.#exchange === undefined) this.#closeGently();
  }

  #onGone(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.onClientGone();
    this.#node.onFrontClosed(this);
  }

  /** Everything written goes out, then FIN; what still comes in is read and dropped, or its RST could destroy the answer on its way. */
  #closeGently(): void {
    this.flush();
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#phase = 'closing';
    this.#behind = undefined;
    this.lastActivityAt = epochNow();
    this.#socket.end();
    this.resume();
  }
}

/** "HTTP 405: the client used the TRACE method"; a tunnel through the balancer by CONNECT does not exist either. */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT']);

/** AWS answers heads that are too large with 400 too. */
const STATUS_OF_FRAMING_ERROR: ReadonlyMap<number, GeneratedStatus> = new Map([
  [414, 414],
  [501, 501],
  [505, 505],
]);

/** How long a closed connection may go on sending before it is cut. */
const LINGER_MS = 2000;

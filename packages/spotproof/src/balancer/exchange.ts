import type { RequestHead, ResponseHead } from '@spotproof/core/http1';
import type { BalancerCause, BalancerRecord } from './balancer-record.ts';
import type { AccessLogFacts } from './access-log.ts';
import { epochNow } from '../epoch.ts';
import type { Http2Pool } from './http2-pool.ts';
import type { ForwardedRequest } from './forwarded-request.ts';
import { forwardInterim, forwardResponse } from './forwarded-response.ts';
import { generatedResponse, type GeneratedStatus } from './generated-response.ts';
import { Outbox } from './outbox.ts';
import { causeOf, type TargetConnection, type TargetLoss } from './target-connection.ts';
import type { Borrower, TargetPool } from './target-pool.ts';

/** The client connection, as far as one exchange needs it. */
export interface ExchangeClient {
  /** `address:port`. */
  readonly name: string;
  readonly lastActivityAt: number;
  readonly outbox: Outbox;
  flush(): boolean;
  pause(): void;
  resume(): void;
  /** True when the connection has to end after this response, whatever the request said. */
  mustClose(now: number): boolean;
  /** Request and response are over, or as over as they will be. */
  onExchangeOver(options: { readonly close: boolean }): void;
  /** Ends the connection in the middle of a response, so that the client can tell. */
  truncate(how: 'fin' | 'rst'): void;
  enterTunnel(): void;
}

/** Where an exchange goes, by this node's view at this moment. */
export interface ChosenTarget {
  readonly registration: number;
  readonly state: string;
  readonly pool: TargetPool;
  readonly http2: Http2Pool;
}

/** A request that the node gave a target, and that it may have to give up on. */
export interface SettledExchange {
  readonly chosen: ChosenTarget | undefined;
  fail(status: GeneratedStatus, cause: BalancerCause | undefined): void;
  accessLogFacts(record: BalancerRecord): AccessLogFacts;
}

/** The node, as far as one exchange needs it. */
export interface ExchangeNode {
  readonly name: string;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** What clients speak to it. */
  readonly proto: 'http' | 'https';
  choose(): ChosenTarget | undefined;
  /** Called exactly once for an exchange: its outcome is known. */
  onSettled(exchange: SettledExchange, record: BalancerRecord): void;
}

export interface ExchangeOptions {
  readonly node: ExchangeNode;
  readonly client: ExchangeClient;
  readonly head: RequestHead;
  readonly receivedAt: number;
  /** What the client speaks; HTTP/1.1 unless given. */
  readonly protocol?: 'HTTP/2.0';
}

/**
 * One request and its response. Bytes go through as they come, both ways, each side held back by the other. Nothing is ever retried.
 *
 * `response`: `awaited` → `begun` (its head is on the way to the client) → `ended` (its last byte has come) → `settled` (on record). A 101 makes it `tunnel`.
 * After `settled` the rest of an upload may still arrive; it goes to the target while that takes it, and else nowhere.
 */
export class Exchange implements Borrower, SettledExchange {
  readonly method: string;
  readonly body: 'wire' | 'payload';
  chosen: ChosenTarget | undefined;
  readonly #node: ExchangeNode;
  readonly #client: ExchangeClient;
  readonly #receivedAt: number;
  readonly #requestTarget: string;
  readonly #wantsUpgrade: boolean;
  readonly #keepAlive: boolean;
  readonly #protocol: 'HTTP/2.0' | undefined;
  #forwarded: ForwardedRequest | undefined;
  #target: TargetConnection | undefined;
  /** What goes to the target, while the request is held for a connection. */
  #parked: Outbox | undefined;
  #request: 'arriving' | 'complete' = 'arriving';
  #response: 'awaited' | 'begun' | 'ended' | 'tunnel' | 'settled' = 'awaited';
  /** How a client can be told that a begun response will not be completed. */
  #truncation: 'fin' | 'rst' = 'fin';
  #close = false;
  #isClientFull = false;
  #connection: 'fresh' | 'reused' | undefined;
  #idleMs: number | undefined;
  #sentAt: number | undefined;
  #firstByteAt: number | undefined;
  #status: number | undefined;
  #targetStatus: number | undefined;
  #receivedOctets: number;
  #sentOctets = 0;

  constructor({ node, client, head, receivedAt, protocol }: ExchangeOptions) {
    this.#node = node;
    this.#client = client;
    this.#receivedAt = receivedAt;
    this.method = head.method;
    this.#requestTarget = head.target;
    this.#wantsUpgrade = head.upgrade !== undefined;
    this.#keepAlive = head.keepAlive && head.version === '1.1';
    // HTTP/1.0 knows no chunks: such a client gets the bare content, and the end of the connection as its end.
    this.body = head.version === '1.0' ? 'payload' : 'wire';
    this.#receivedOctets = head.wire.length;
    this.#protocol = protocol;
  }

  /** Sends the request on its way. */
  start(forwarded: ForwardedRequest): void {
    this.#forwarded = forwarded;
    this.chosen = this.#node.choose();
    if (this.chosen === undefined) {
      this.fail(503, 'no-registered-targets');
      return;
    }
    const target = this.chosen.pool.lease(this, this.#receivedAt);
    if (target === undefined) {
      this.#parked = new Outbox({ copies: false });
      this.#client.pause();
    } else {
      this.#attach(target);
    }
    (this.#parked ?? target?.outbox)?.addText(forwarded.wire);
  }

  /** Answers with this balancer's own response; in the middle of one, cuts it. */
  fail(status: GeneratedStatus, cause: BalancerCause | undefined, options: { readonly close?: boolean } = {}): void {
    const settledBefore = this.#response === 'settled';
    switch (this.#response) {
      case 'awaited':
        this.#close = options.close === true || !this.#keepAlive || this.#client.mustClose(epochNow());
        this.#status = status;
        this.#client.outbox.addText(generatedResponse({ status, isHead: this.method === 'HEAD', close: this.#close }));
        this.#flushToClient();
        this.#dropTarget();
        this.#settle(cause);
        break;
      case 'begun':
        this.#flushToClient();
        this.#dropTarget();
        this.#settle(cause);
        this.#client.truncate(this.#truncation);
        return;
      case 'tunnel':
        this.#dropTarget();
        this.#settle(cause);
        this.#client.onExchangeOver({ close: true });
        return;
      case 'ended':
        this.#flushToClient();
        this.#dropTarget();
        this.#settle(undefined);
        break;
      case 'settled':
        this.#dropTarget();
        break;
    }
    if (options.close === true) this.#client.onExchangeOver({ close: true });
    else if (this.#request === 'complete' && !settledBefore) this.#client.onExchangeOver({ close: this.#close });
  }

  // From the client.

  onRequestBody(bytes: Uint8Array): void {
    this.#receivedOctets += bytes.length;
    (this.#target?.outbox ?? this.#parked)?.addBytes(bytes);
  }

  onRequestEnd(): void {
    this.#request = 'complete';
    if (this.#response !== 'settled') return;
    this.flushToTarget();
    this.#leave(epochNow());
  }

  /** All of one read of the client has been handed over. */
  flushToTarget(): void {
    const target = this.#target;
    if (target === undefined || target.outbox.octets === 0) return;
    target.lastActivityAt = this.#client.lastActivityAt;
    if (target.phase !== 'connecting') this.#sentAt ??= epochNow();
    if (!target.flush()) this.#client.pause();
  }

  onTunnelClientData(bytes: Uint8Array): void {
    this.#receivedOctets += bytes.length;
    this.#target?.outbox.addBytes(bytes);
    this.flushToTarget();
  }

  /** The client's sending side ended in a tunnel. */
  onTunnelClientEnd(): void {
    this.#target?.socket.end();
  }

  onClientDrain(): void {
    this.#isClientFull = false;
    this.#target?.resume();
  }

  onClientGone(): void {
    this.#dropTarget();
    if (this.#response !== 'settled') this.#settle(this.#response === 'tunnel' ? undefined : 'client-closed');
  }

  // From the target.

  onLent(target: TargetConnection): void {
    this.#attach(target);
    this.#parked?.moveTo(target.outbox);
    this.#parked = undefined;
    this.#client.resume();
    this.flushToTarget();
  }

  onConnected(now: number): void {
    this.#sentAt ??= now;
  }

  onInterim(head: ResponseHead): void {
    if (this.body === 'wire') this.#client.outbox.addText(forwardInterim(head));
  }

  onResponseHead(head: ResponseHead, now: number): void {
    this.#firstByteAt = now;
    this.#targetStatus = head.status;
    if (head.framing === 'tunnel' && !this.#wantsUpgrade) {
      this.fail(502, 'target-malformed');
      return;
    }
    const unchunked = this.body === 'payload' && head.framing === 'chunked';
    // Where the end of the connection is the end of the body, only a reset can say that it came too early.
    const endsWithConnection = unchunked || head.framing === 'until-close';
    if (endsWithConnection) this.#truncation = 'rst';
    this.#close = endsWithConnection || !this.#keepAlive || this.#client.mustClose(now);
    this.#status = head.status;
    this.#client.outbox.addText(forwardResponse(head, { close: this.#close, unchunked }));
    if (head.framing === 'tunnel') {
      this.#response = 'tunnel';
      this.#client.enterTunnel();
    } else {
      this.#response = 'begun';
    }
  }

  onResponseBody(bytes: Uint8Array): void {
    this.#client.outbox.addBytes(bytes);
  }

  onResponseEnd(): void {
    this.#response = 'ended';
  }

  onReadEnd(now: number): void {
    const isTakingMore = this.#flushToClient();
    if (this.#response === 'ended') {
      this.#settle(undefined, now);
      if (this.#request === 'complete') this.#leave(now);
    } else if (!isTakingMore) {
      this.#isClientFull = true;
      this.#target?.pause();
    }
  }

  onTunnelData(bytes: Uint8Array): void {
    this.#client.outbox.addBytes(bytes);
  }

  onTunnelEnd(): void {
    this.fail(502, undefined);
  }

  onTargetLost(loss: TargetLoss): void {
    this.fail(502, causeOf(loss, this.#response === 'awaited' ? 'awaited' : 'begun'));
  }

  onTargetDrain(): void {
    this.#client.resume();
  }

  // From the node's sweep.

  /** Applies the connect timeout and the idle timeout, which any byte on either side starts again. */
  checkTimeouts(now: number): void {
    const target = this.#target;
    if (target?.phase === 'connecting' && now - target.openedAt >= this.#node.connectTimeoutMs) {
      this.fail(504, 'target-connect-timeout');
      return;
    }
    const lastActivityAt = Math.max(this.#client.lastActivityAt, target?.lastActivityAt ?? 0);
    if (now - lastActivityAt < this.#node.idleTimeoutMs) return;
    const isClientSilent = this.#request === 'arriving' && (this.#response === 'awaited' || this.#response === 'settled');
    if (isClientSilent) this.fail(408, 'bad-request', { close: true });
    else if (this.#response === 'tunnel') this.fail(504, undefined);
    else this.fail(504, this.#isClientFull ? 'client-closed' : 'target-idle-timeout');
  }

  /** What the access log adds to the record. */
  accessLogFacts(record: BalancerRecord): AccessLogFacts {
    const host = this.#forwarded?.host ?? '-';
    return {
      record,
      client: this.#client.name,
      targetAddress: this.chosen?.pool.targetName,
      method: this.method,
      url: this.#requestTarget.startsWith('/') ? `${this.#node.proto}://${host}${this.#requestTarget}` : this.#requestTarget,
      userAgent: this.#forwarded?.userAgent,
      host,
      traceId: this.#forwarded?.traceId ?? '-',
      receivedOctets: this.#receivedOctets,
      sentOctets: this.#sentOctets,
      ...(this.#protocol === undefined ? {} : { protocol: this.#protocol }),
    };
  }

  #attach(target: TargetConnection): void {
    this.#target = target;
    this.#connection = target.uses === 1 ? 'fresh' : 'reused';
    if (target.uses > 1) this.#idleMs = epochNow() - target.lastActivityAt;
  }

  #flushToClient(): boolean {
    const { outbox } = this.#client;
    this.#sentOctets += outbox.octets;
    return this.#client.flush();
  }

  /** The target connection cannot be used again: it is closed. */
  #dropTarget(): void {
    if (this.#parked !== undefined) this.chosen?.pool.cancelHold(this);
    this.#parked = undefined;
    const target = this.#target;
    this.#target = undefined;
    target?.destroy();
    this.#client.resume();
  }

  /** Request and response are both over. */
  #leave(now: number): void {
    const target = this.#target;
    this.#target = undefined;
    if (target !== undefined) {
      this.chosen?.pool.release(target, now);
      // The upload may have ended while the target's send buffer was full.
      this.#client.resume();
    }
    this.#client.onExchangeOver({ close: this.#close });
  }

  #settle(cause: BalancerCause | undefined, now = epochNow()): void {
    this.#response = 'settled';
    this.#node.onSettled(this, {
      id: this.#forwarded?.id,
      node: this.#node.name,
      target: this.chosen?.pool.target.id,
      connection: this.#connection,
      targetState: this.chosen?.state,
      receivedAt: this.#receivedAt,
      sentAt: this.#sentAt,
      firstByteAt: this.#firstByteAt,
      endedAt: now,
      status: this.#status,
      targetStatus: this.#targetStatus,
      cause,
      idleMs: this.#idleMs,
    });
  }
}

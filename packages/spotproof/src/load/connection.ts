import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { Cancel, Clock } from '@spotproof/core';
import { createResponseFramer, type FramingError, type ResponseFramer, type ResponseHead } from '@spotproof/core/http1';
import type { NodeAddress } from '../balancer/protocol.ts';
import type { Outcome } from './client-record.ts';
import type { Exchange } from './exchange.ts';
import { parseRetryAfter } from './retry.ts';

/** What a connection tells the generator that opened it. */
export interface ConnectionOwner {
  readonly clock: Clock;
  /** Where octets are read into: one buffer for all connections, since each read is taken in before the next one happens. */
  readonly inbox: Uint8Array;
  /** The exchange has its outcome. */
  ended(exchange: Exchange): void;
  /** The outcome of an exchange that had ended has changed. */
  revised(exchange: Exchange, from: Outcome): void;
  /** Nothing can change the outcome any more. */
  settled(exchange: Exchange): void;
  /** The connection can carry another request. */
  idle(connection: Connection): void;
}

/** A client connection that carries one request at a time, without pipelining. */
export class Connection {
  readonly node: NodeAddress;
  idleSince = 0;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #framer: ResponseFramer;
  #connected = false;
  #open = true;
  #requests = 0;
  #current: Exchange | undefined;
  /** The last answered exchange. It is not settled while this connection is idle: a second answer to it may still come. */
  #last: Exchange | undefined;
  #head: ResponseHead | undefined;
  #complete = false;
  #framingError: FramingError | undefined;
  #uploading = false;
  #cancelGap: Cancel | undefined;

  constructor(node: NodeAddress, owner: ConnectionOwner) {
    this.node = node;
    this.#owner = owner;
    this.#framer = createResponseFramer(
      {
        onHead: (head) => this.#onHead(head),
        onInterim: (head) => this.#onInterim(head),
        onBody: (bytes) => this.#current?.body?.take(bytes),
        onMessageEnd: () => {
          this.#complete = true;
          this.#framer.pause();
        },
        onError: (error) => {
          this.#framingError = error;
        },
      },
      { body: 'payload' },
    );
    this.#socket = connect({
      host: node.host,
      port: node.port,
      noDelay: true,
      // Otherwise Node ends its own side at a FIN, and nothing can be asked of the connection any more.
      allowHalfOpen: true,
      onread: {
        buffer: owner.inbox,
        callback: (length) => {
          this.#onData(owner.inbox.subarray(0, length));
          return true;
        },
      },
    });
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('end', () => this.#onFin());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onSocketError(error));
    this.#socket.on('close', () => this.close());
  }

  /** False once it was closed by either side. */
  get open(): boolean {
    return this.#open;
  }

  send(exchange: Exchange): void {
    this.#settleLast();
    exchange.connection = this.#requests++ === 0 ? 'fresh' : 'reused';
    exchange.expire = () => this.#expire(exchange);
    this.#current = exchange;
    this.#head = undefined;
    this.#complete = false;
    if (this.#requests > 1) this.#framer.resume();
    this.#framer.expect(exchange.kind.spec.method);

    const head = exchange.kind.head(exchange.planned, exchange.id, exchange.idempotencyKey);
    const body = exchange.planned.body;
    exchange.sentAt = this.#owner.clock.now();
    if (body === undefined) {
      this.#socket.write(head, 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    if (body.chunked) this.#sendChunk(exchange, 0);
    else for (const piece of body.pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  /** Gives the connection up. Whatever it still carries must have ended before. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelGap?.();
    this.#settleLast();
    this.#socket.destroy();
  }

  #sendChunk(exchange: Exchange, index: number): void {
    const body = exchange.planned.body;
    const piece = body?.pieces[index];
    if (body === undefined || piece === undefined) return;
    const isLast = index === body.pieces.length - 1;
    this.#uploading = !isLast;
    this.#socket.cork();
    this.#socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(piece);
    this.#socket.write(isLast ? '\r\n0\r\n\r\n' : '\r\n', 'latin1');
    this.#socket.uncork();
    if (isLast) return;
    this.#cancelGap = this.#owner.clock.schedule(body.gapsMs[index + 1] ?? 0, () => {
      // After the poll phase: an answer or a FIN that has arrived is seen before more is written, or the write's EPIPE would hide the answer.
      setImmediate(() => {
        if (this.#open && this.#current === exchange && !isRefusal(exchange.status)) this.#sendChunk(exchange, index + 1);
      });
    });
  }

  #onData(chunk: Uint8Array): void {
    const exchange = this.#current;
    if (exchange === undefined) {
      this.#onStrayOctets(chunk);
      return;
    }
    exchange.octets += chunk.length;
    exchange.firstByteAt ??= this.#owner.clock.now();
    const consumed = this.#framer.push(chunk);
    if (this.#framingError !== undefined) {
      this.#end(exchange, 'garbage', `expected an HTTP/1.1 response, got ${this.#framingError.message}`);
    } else if (this.#framer.state === 'tunnel') {
      this.#end(exchange, 'garbage', 'expected an HTTP/1.1 response, got 101 without having asked for an upgrade');
    } else if (this.#complete) {
      this.#onAnswer(exchange, chunk.subarray(consumed));
    }
  }

  #onHead(head: ResponseHead): void {
    const exchange = this.#current;
    if (exchange === undefined) return;
    this.#head = head;
    exchange.status = head.status;
    exchange.answeredBy = isFromBalancer(head) ? 'balancer' : 'app';
    if (exchange.kind.spec.retry !== undefined) exchange.retryAfterMs = parseRetryAfter(headerOf(head, 'retry-after') ?? '');
    if (exchange.kind.check.readsBody) exchange.body = exchange.kind.check.read(exchange.planned.body);
  }

  #onInterim(head: ResponseHead): void {
    const exchange = this.#current;
    if (exchange === undefined) return;
    exchange.octets -= head.wire.length;
    if (exchange.octets <= 0) exchange.firstByteAt = undefined;
  }

  #onAnswer(exchange: Exchange, rest: Uint8Array): void {
    const { outcome, detail } = exchange.kind.check.judge(exchange.status ?? 0, exchange.body);
    const second = describeStray(rest);
    const reusable =
      rest.length === 0 &&
      this.#head?.keepAlive === true &&
      this.#head.framing !== 'until-close' &&
      !this.#uploading &&
      this.#socket.writableLength === 0;
    if (!reusable) {
      this.#end(exchange, second === undefined ? outcome : 'answered-twice', second ?? detail);
      return;
    }
    this.#finish(exchange, outcome, detail);
    this.#last = exchange;
    this.#owner.idle(this);
  }

  /** Octets while no answer is awaited. */
  #onStrayOctets(octets: Uint8Array): void {
    const detail = describeStray(octets);
    const last = this.#last;
    const from = last?.outcome;
    if (detail !== undefined && last !== undefined && from !== undefined) {
      last.outcome = 'answered-twice';
      last.detail = detail;
      this.#owner.revised(last, from);
    }
    this.close();
  }

  #onFin(): void {
    const exchange = this.#current;
    if (exchange === undefined) {
      this.close();
      return;
    }
    this.#framer.end();
    if (this.#complete) this.#onAnswer(exchange, NOTHING);
    else this.#onEarlyFin(exchange);
  }

  /**
   * When more than a thousand sockets are ready at once, libuv tells an RST that follows some octets as the end of the stream. Writing
   * nothing asks the kernel: it fails on a connection that was reset and is not seen on the wire otherwise.
   */
  #onEarlyFin(exchange: Exchange): void {
    if (this.#socket.writableLength > 0) {
      this.#onBroken(exchange, 'fin');
      return;
    }
    this.#socket.write('', (error) => {
      // A failure goes the way of every socket error.
      if (!error && this.#current === exchange) this.#onBroken(exchange, 'fin');
    });
  }

  #onSocketError(error: NodeJS.ErrnoException): void {
    const exchange = this.#current;
    if (exchange !== undefined) {
      if (!this.#connected)
        this.#end(exchange, 'refused', `expected a connection to ${this.node.host}:${this.node.port}, got ${error.code ?? error.message}`);
      // A write fails with EPIPE only after the other side's FIN has arrived (an RST on an open connection gives ECONNRESET), even if an RST came after it.
      else this.#onBroken(exchange, error.code === 'EPIPE' ? 'fin' : 'rst', error.code);
    }
    this.close();
  }

  #onBroken(exchange: Exchange, how: 'fin' | 'rst', code?: string): void {
    const afterMs = Math.round(this.#owner.clock.now() - exchange.sentAt);
    const manner = `${how === 'fin' ? 'closed' : 'reset'} by the other side${code === undefined ? '' : ` (${code})`} ${afterMs} ms after the request was sent`;
    if (exchange.octets <= 0)
      this.#end(exchange, how === 'fin' ? 'no-response-fin' : 'no-response-rst', `expected a response, got a connection ${manner}`);
    else
      this.#end(
        exchange,
        how === 'fin' ? 'truncated-fin' : 'truncated-rst',
        `expected the rest of a response, got ${exchange.octets} octets of it and a connection ${manner}`,
      );
  }

  #expire(exchange: Exchange): void {
    if (this.#current !== exchange) return;
    const got = !this.#connected ? 'no connection' : exchange.octets <= 0 ? 'nothing' : `${exchange.octets} octets of one`;
    this.#end(exchange, 'timed-out', `expected a complete response within ${exchange.kind.spec.timeoutMs} ms, got ${got}`);
  }

  /** Ends the exchange for good, and the connection with it. */
  #end(exchange: Exchange, outcome: Outcome, detail: string | undefined): void {
    this.#finish(exchange, outcome, detail);
    this.#last = exchange;
    this.close();
  }

  #finish(exchange: Exchange, outcome: Outcome, detail: string | undefined): void {
    this.#current = undefined;
    exchange.outcome = outcome;
    exchange.detail = detail;
    exchange.endedAt = this.#owner.clock.now();
    exchange.body = undefined;
    exchange.expire = undefined;
    this.#owner.ended(exchange);
  }

  #settleLast(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    this.#owner.settled(last);
  }
}

/** Refused in the middle of the upload: the server need not read the rest, so it is not sent. A success may well begin early and want it all. */
function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400;
}

function isFromBalancer(head: ResponseHead): boolean {
  return headerOf(head, 'server') === 'awselb/2.0';
}

/** @param wanted In lower case. */
function headerOf({ headers }: ResponseHead, wanted: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length === wanted.length && name.toLowerCase() === wanted) return headers[index + 1];
  }
  return undefined;
}

/** Undefined for nothing, and for the empty lines that some servers send after a body. */
function describeStray(octets: Uint8Array): string | undefined {
  if (octets.every((octet) => octet === CR || octet === LF)) return undefined;
  let start = '';
  for (const octet of octets.subarray(0, 40)) start += String.fromCharCode(octet);
  return `expected one response, got ${octets.length} octets more after it, beginning with ${JSON.stringify(start)}`;
}

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0);

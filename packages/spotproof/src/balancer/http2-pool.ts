import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { epochNow } from '../epoch.ts';
import type { TargetAddress } from './protocol.ts';
import type { TargetLoss } from './target-connection.ts';

/** A request in want of a stream to its target. */
export interface Http2Borrower {
  readonly headers: OutgoingHttpHeaders;
  readonly endsWithHeaders: boolean;
  onStream(stream: ClientHttp2Stream, session: Http2TargetSession): void;
  /** No stream came about. */
  onNoStream(loss: TargetLoss): void;
}

export interface Http2PoolOptions {
  readonly target: TargetAddress;
  readonly localAddress: string | undefined;
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly onLocalFailure: (error: NodeJS.ErrnoException) => void;
}

/**
 * The HTTP/2 connections of one node to one target: requests share one until it is full, or until the target said GOAWAY. After that no new stream is opened on
 * it (RFC 9113, 6.8); those in flight go on. That the balancer opens another connection to the same target at once is inferred: AWS documents nothing of it.
 */
export class Http2Pool {
  readonly target: TargetAddress;
  readonly #options: Http2PoolOptions;
  readonly #sessions = new Set<Http2TargetSession>();

  constructor(options: Http2PoolOptions) {
    this.#options = options;
    this.target = options.target;
  }

  request(borrower: Http2Borrower): Http2TargetSession {
    let session = [...this.#sessions].find((candidate) => candidate.takesMore);
    if (session === undefined) {
      session = new Http2TargetSession({ ...this.#options, onOver: (over) => this.#sessions.delete(over) });
      this.#sessions.add(session);
    }
    session.request(borrower);
    return session;
  }

  sweep(now: number): void {
    const { idleTimeoutMs, connectTimeoutMs } = this.#options;
    for (const session of this.#sessions) {
      // Whoever waits for a connection gives up by itself first, with a 504.
      const isStuck = session.phase === 'connecting' && now - session.openedAt >= connectTimeoutMs + STUCK_MS;
      if (isStuck || session.isIdleSince(now - idleTimeoutMs)) session.destroy();
    }
  }

  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }
}

/** One HTTP/2 connection to a target, without TLS and known beforehand to speak it. */
export class Http2TargetSession {
  readonly openedAt = epochNow();
  phase: 'connecting' | 'open' | 'leaving' | 'over' = 'connecting';
  /** How the connection broke, once it did. */
  loss: TargetLoss = 'fin';
  /** The last stream that the target will look at, once it said GOAWAY. */
  lastStreamId = Infinity;
  lastActivityAt = this.openedAt;
  uses = 0;
  readonly #session: ClientHttp2Session;
  readonly #waiting: Http2Borrower[] = [];
  readonly #connectTimeoutMs: number;
  readonly #onOver: (session: Http2TargetSession) => void;
  #streams = 0;

  constructor({
    target,
    localAddress,
    connectTimeoutMs,
    onLocalFailure,
    onOver,
  }: Http2PoolOptions & { readonly onOver: (session: Http2TargetSession) => void }) {
    this.#onOver = onOver;
    this.#connectTimeoutMs = connectTimeoutMs;
    const socket = connect({ host: target.host, port: target.port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.on('connect', () => this.#onConnect());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (LOCAL_FAILURES.has(error.code ?? '')) onLocalFailure(error);
      this.loss = this.phase === 'connecting' ? 'refused' : 'rst';
    });
    this.#session = connectHttp2(`http://${target.host}:${target.port}`, { createConnection: () => socket });
    this.#session.on('goaway', (_code, lastStreamId) => {
      this.lastStreamId = lastStreamId ?? 0;
      if (this.phase === 'open') this.phase = 'leaving';
    });
    this.#session.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_HTTP2_ERROR' || error.code === 'ERR_HTTP2_SESSION_ERROR') this.loss = 'malformed';
    });
    this.#session.on('close', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** False once the target has said that it goes, and when it has all the streams that it takes. */
  get takesMore(): boolean {
    if (this.phase === 'leaving' || this.phase === 'over' || this.#session.closed || this.#session.destroyed) return false;
    if (this.phase === 'connecting' && epochNow() - this.openedAt >= this.#connectTimeoutMs) return false;
    return this.#streams + this.#waiting.length < Math.min(MOST_STREAMS, this.#session.remoteSettings?.maxConcurrentStreams ?? MOST_STREAMS);
  }

  request(borrower: Http2Borrower): void {
    if (this.phase === 'connecting') this.#waiting.push(borrower);
    else this.#open(borrower);
  }

  isIdleSince(time: number): boolean {
    return this.phase !== 'connecting' && this.#streams === 0 && this.lastActivityAt <= time;
  }

  destroy(): void {
    this.#session.destroy();
    this.#end();
  }

  #onConnect(): void {
    this.phase = 'open';
    for (const borrower of this.#waiting.splice(0)) this.#open(borrower);
  }

  #open(borrower: Http2Borrower): void {
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request(borrower.headers, { endStream: borrower.endsWithHeaders });
    } catch {
      // The session closed under us: not an octet was sent.
      borrower.onNoStream('rst');
      return;
    }
    this.uses++;
    this.#streams++;
    stream.on('close', () => {
      this.#streams--;
      this.lastActivityAt = epochNow();
    });
    borrower.onStream(stream, this);
  }

  #end(): void {
    if (this.phase === 'over') return;
    this.phase = 'over';
    this.#onOver(this);
    for (const borrower of this.#waiting.splice(0)) borrower.onNoStream(this.loss === 'fin' ? 'refused' : this.loss);
  }
}

/** More than one sweep. */
const STUCK_MS = 1000;
/** nghttp2 leaves this many unless the peer says otherwise. */
const MOST_STREAMS = 100;
const LOCAL_FAILURES: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

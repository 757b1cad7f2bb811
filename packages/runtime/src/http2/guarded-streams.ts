import type { IncomingHttpHeaders, Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Connection, OpenRequest } from '../http/connection.ts';
import type { ServerObserver } from '../http/guarded-server.ts';
import { healthAnswer, type HealthStatus } from '../http/health-answer.ts';
import type { HealthPaths } from '../http/health-paths.ts';
import type { StreamGuard } from '../http/stream-guard.ts';
import type { Readiness } from '../health/readiness.ts';
import { askToLeave, endAfterOpenStreams } from './goaway.ts';
import { OpenStreams, type OpenStream } from './open-streams.ts';
import { isBalancerHealthCheck, isGrpcHealthCall, streamName, streamPath } from './stream-facts.ts';

/** The HTTP/2 connections of one server: what is open on them, what is answered in the place of the app, and how they are brought to their end. */
export class GuardedStreams implements StreamGuard {
  readonly #observer: ServerObserver;
  readonly #sessions = new Map<Http2Session, Session>();
  readonly #open = new OpenStreams();
  #phase: 'serving' | 'announced' | 'closing' = 'serving';

  constructor(observer: ServerObserver) {
    this.#observer = observer;
  }

  get requestsInFlight(): number {
    return this.#open.all.length;
  }

  sessionOpened(session: Http2Session, connection: Connection | undefined): void {
    this.#sessions.set(session, { connection, openedAt: this.#observer.now(), hadStream: false, askedAt: undefined });
    session.once('close', () => this.#sessions.delete(session));
  }

  takes(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, paths: HealthPaths): boolean {
    const observer = this.#observer;
    const now = observer.now();
    if (isBalancerHealthCheck(headers)) return this.#answersBalancer(stream, headers, { paths, now });
    if (this.#answersOwnPath(stream, headers, paths)) return true;
    if (isGrpcHealthCall(headers)) return false;
    const open: OpenStream = { stream, headers, startedAt: now };
    this.#open.add(open);
    observer.traffic.note(now);
    this.#noteOnSession(stream);
    if (this.#phase === 'serving') return false;
    this.#track(open);
    observer.requested();
    return false;
  }

  announce(): void {
    this.#phase = 'announced';
    for (const open of this.#open.all) this.#track(open);
    for (const [session, state] of this.#sessions) this.#askToLeave(session, state);
  }

  close(): void {
    this.#phase = 'closing';
    const now = this.#observer.now();
    for (const [session, state] of this.#sessions) {
      // Its first request may be on its way. When that does not come either, the connection is one of those that never sent a byte.
      if (!state.hadStream && now - state.openedAt < NEWCOMER_MS) continue;
      if (state.askedAt !== undefined && now - state.askedAt < LONGEST_ROUND_TRIP_MS) endAfterRoundTrip(session);
      else endAfterOpenStreams(session);
    }
  }

  /** What the session must be told because of this stream. */
  #noteOnSession(stream: ServerHttp2Stream): void {
    const { session } = stream;
    const state = session === undefined ? undefined : this.#sessions.get(session);
    if (session === undefined || state === undefined) return;
    state.hadStream = true;
    // A connection of a client that came while lingering is as good as another for its first request.
    if (this.#phase === 'announced') this.#askToLeave(session, state);
    if (this.#phase === 'closing') endAfterOpenStreams(session);
  }

  #askToLeave(session: Http2Session, state: Session): void {
    const { connection, askedAt } = state;
    if (connection === undefined || askedAt !== undefined) return;
    if (askToLeave(session, connection.socket)) state.askedAt = this.#observer.now();
  }

  #track(open: OpenStream): void {
    const { stream, headers, startedAt } = open;
    const request: OpenRequest = { name: streamName(headers), startedAt, isServed: () => stream.writableFinished && stream.rstCode === 0 };
    stream.once('close', this.#observer.openRequests.begin(request));
  }

  #answersBalancer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, at: { readonly paths: HealthPaths; readonly now: number }): boolean {
    const remoteAddress = stream.session?.socket.remoteAddress;
    if (remoteAddress !== undefined) this.#observer.healthChecks.note(remoteAddress, at.now);
    if (this.#phase === 'serving') return this.#answersOwnPath(stream, headers, at.paths);
    this.#answer(stream, 'draining');
    return true;
  }

  #answersOwnPath(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { readiness, liveness, checks, loop }: HealthPaths): boolean {
    if (readiness === undefined && liveness === undefined) return false;
    const path = streamPath(headers);
    if (path !== readiness && path !== liveness) return false;
    const serving = this.#phase === 'serving';
    if (path === liveness) this.#answer(stream, serving ? (loop?.view().status ?? 'live') : 'live');
    else if (!serving || checks === undefined) this.#answer(stream, serving ? 'ready' : 'draining', checks);
    // It never rejects. A drain may have begun in between.
    else void checks.ask().then(({ status }) => this.#answer(stream, this.#phase === 'serving' ? status : 'draining', checks));
    return true;
  }

  #answer(stream: ServerHttp2Stream, status: HealthStatus, checks?: Readiness): void {
    // Its client may have gone while the checks ran.
    if (stream.destroyed || stream.headersSent) return;
    if (this.#phase !== 'serving') this.#observer.healthCheckAnswered();
    const { code, headers, body } = healthAnswer(status, checks);
    // A client that resets a stream makes it fail, which ends the process when nobody listens.
    stream.on('error', () => {});
    stream.respond({ ':status': code, ...headers });
    // The answer to a HEAD request has ended with its head.
    if (!stream.writableEnded) stream.end(body);
  }
}

interface Session {
  readonly connection: Connection | undefined;
  readonly openedAt: number;
  hadStream: boolean;
  /** When it was asked to open no more streams. */
  askedAt: number | undefined;
}

/** A client that was asked just now may not have read it: once it answers a ping it has, and every stream it opened before is here. */
function endAfterRoundTrip(session: Http2Session): void {
  const end = (): void => {
    clearTimeout(timer);
    endAfterOpenStreams(session);
  };
  const timer = setTimeout(end, LONGEST_ROUND_TRIP_MS);
  timer.unref();
  if (session.closed || session.destroyed || !session.ping(end)) end();
}

const NEWCOMER_MS = 1_000;
const LONGEST_ROUND_TRIP_MS = 500;

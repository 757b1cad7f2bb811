import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Readiness } from '../health/readiness.ts';
import { closeAfter } from './connection-close.ts';
import { attachConnection, connectionOf, currentResponse, rawSocketOf, type Connection } from './connection.ts';
import { answerHealth, type HealthStatus } from './health-answer.ts';
import type { HealthChecks } from './health-checks.ts';
import type { HealthPaths } from './health-paths.ts';
import type { OpenRequests } from './open-requests.ts';
import { PlainConnections } from './plain-connections.ts';
import { isPlain, isProtectable } from './protectable-server.ts';
import { isBalancerHealthCheck, pathOf, requestName } from './request-facts.ts';
import { interceptEvents, type RequestVerdict } from './server-events.ts';
import type { StreamGuard } from './stream-guard.ts';
import type { TrafficLog } from './traffic-log.ts';

/** What a guarded server tells the process it is in. */
export interface ServerObserver {
  readonly traffic: TrafficLog;
  readonly healthChecks: HealthChecks;
  readonly openRequests: OpenRequests;
  now(): number;
  /** A connection was accepted. */
  accepted(): void;
  /** A request other than a health check came, while draining. */
  requested(): void;
  /** A health check was answered by us, while draining. */
  healthCheckAnswered(): void;
  /** What is open on this server may have changed, while draining. */
  changed(): void;
  /** It listens, and the app has had one turn of the loop to set it up. */
  listening(server: GuardedServer): void;
  /** It was closed before any drain. */
  closed(server: GuardedServer): void;
  /** The app called `close()`, and it was put off until the drain closes the listener. */
  closeHeld(): void;
}

/** One HTTP server of the app: what is open on it, and what must be answered in the place of the app. */
export class GuardedServer {
  readonly server: NetServer;
  readonly #observer: ServerObserver;
  readonly #connections = new Set<Connection>();
  readonly #streams: StreamGuard | undefined;
  readonly #plain: PlainConnections | undefined;
  #paths: HealthPaths;
  #draining = false;
  #announcedAt = Infinity;
  #upgradedCount = 0;
  /** Whose turn it is to say that the server is closed, when the app's own `close()` is held. */
  #close: 'not held' | 'app has not called it' | 'app has called it' = 'not held';

  /** @param streams What its HTTP/2 connections carry, if it speaks HTTP/2. */
  constructor(server: NetServer, observer: ServerObserver, paths: HealthPaths, streams?: StreamGuard) {
    this.server = server;
    this.#observer = observer;
    this.#paths = paths;
    this.#streams = streams;
    if (isPlain(server)) this.#plain = new PlainConnections({ came: (connection) => this.#plainTraffic(connection) });
    this.#watch();
    if (server.listening) observer.listening(this);
  }

  set paths(paths: HealthPaths) {
    this.#paths = paths;
  }

  /** Requests other than health checks that are not answered completely, as the connections tell. */
  get requestsInFlight(): number {
    let count = this.#streams?.requestsInFlight ?? 0;
    for (const connection of this.#connections) count += responsesOn(connection).length;
    return count;
  }

  get upgradedCount(): number {
    return this.#upgradedCount;
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /**
   * From here on requests are tracked one by one, and every answer whose head is not written yet closes its connection.
   *
   * @param options.holdClose The app's own `close()` waits until the drain closes the listener, and then succeeds as if it had done it.
   */
  announce(options: { readonly holdClose: boolean }): void {
    this.#draining = true;
    this.#announcedAt = this.#observer.now();
    if (options.holdClose && this.server.listening) this.#holdClose();
    this.#streams?.announce();
    for (const connection of this.#connections) {
      const responses = responsesOn(connection);
      connection.last = responses.at(-1);
      for (const response of responses) {
        this.#observer.openRequests.add(connection, response);
        closeAfter(connection, response.req, response);
      }
    }
  }

  /**
   * Closes the listener and nothing else. `http.Server.close` would also destroy kept connections that may carry the next request this instant,
   * and stop the timers that end half-sent heads. HTTP/2 connections take no new stream from here on.
   */
  closeListener(): void {
    if (this.server.listening) NetServer.prototype.close.call(this.server);
    this.#streams?.close();
  }

  /** Closes kept connections that wait for a next request. */
  closeIdle(): void {
    closeIdleConnections(this.server);
  }

  #watch(): void {
    interceptEvents(this.server, {
      request: (request, response) => this.#takes(request, response),
      upgraded: (request, socket) => this.#upgrade(request, socket),
      connected: (socket) => {
        this.#observer.accepted();
        this.#track(socket);
      },
      secured: (socket) => this.#trackSecure(socket),
      // Node shows a session's socket through a proxy that hands on what it does not know.
      sessionOpened: (session) => this.#streams?.sessionOpened(session, connectionOf(session.socket)),
      streamOpened: (stream, headers) => this.#streams?.takes(stream, headers, this.#paths) ?? false,
      listening: () => {
        setImmediate(() => {
          if (this.server.listening) this.#observer.listening(this);
        });
      },
      closed: () => {
        if (!this.#draining) this.#observer.closed(this);
        return this.#close === 'app has not called it';
      },
    });
  }

  #takes(request: IncomingMessage, response: ServerResponse): RequestVerdict {
    const observer = this.#observer;
    const now = observer.now();
    if (isBalancerHealthCheck(request)) return this.#answersBalancer(request, response, now) ? 'taken' : 'now';
    if (this.#answersOwnPath(request, response)) return 'taken';
    const { socket } = request;
    const connection = connectionOf(socket) ?? this.#track(socket);
    // Node gives a response its socket when its turn has come: this one waits behind another.
    if (response.socket === null) {
      if (this.#draining && isClosing(socket)) return 'taken';
      connection.pipelined = [...connection.pipelined, response];
      // Or a kept connection would hold on to its last burst for as long as it is idle.
      response.once('close', () => {
        connection.pipelined = connection.pipelined.filter((other) => other !== response);
      });
    }
    connection.requestAt = now;
    observer.traffic.note(now);
    if (!this.#draining) return 'now';
    connection.last = response;
    observer.openRequests.add(connection, response);
    closeAfter(connection, request, response);
    observer.requested();
    // A handler may answer at once, and its head must know whether another request came in the same packet.
    return 'after-reading';
  }

  #answersBalancer(request: IncomingMessage, response: ServerResponse, now: number): boolean {
    const { remoteAddress } = request.socket;
    if (remoteAddress !== undefined) this.#observer.healthChecks.note(remoteAddress, now);
    if (!this.#draining) return this.#answersOwnPath(request, response);
    this.#answer(request, response, 'draining');
    return true;
  }

  #answersOwnPath(request: IncomingMessage, response: ServerResponse): boolean {
    const { readiness, liveness, loop } = this.#paths;
    if (readiness === undefined && liveness === undefined) return false;
    const path = pathOf(request);
    if (path !== readiness && path !== liveness) return false;
    // A drain is on its way out already: being killed for a stall could only lose what it still has.
    if (path === liveness) this.#answer(request, response, this.#draining ? 'live' : (loop?.view().status ?? 'live'));
    else this.#answersReadiness(request, response);
    return true;
  }

  #answersReadiness(request: IncomingMessage, response: ServerResponse): void {
    const { checks } = this.#paths;
    if (this.#draining || checks === undefined) {
      this.#answer(request, response, this.#draining ? 'draining' : 'ready', checks);
      return;
    }
    ownAnswers.add(response);
    // It never rejects. A drain may have begun in between.
    void checks.ask().then(({ status }) => this.#answer(request, response, this.#draining ? 'draining' : status, checks));
  }

  #answer(request: IncomingMessage, response: ServerResponse, status: HealthStatus, checks?: Readiness): void {
    if (this.#draining) {
      const connection = connectionOf(request.socket) ?? this.#track(request.socket);
      connection.last = response;
      closeAfter(connection, request, response);
      this.#observer.healthCheckAnswered();
    }
    answerHealth(response, status, checks);
  }

  #upgrade(request: IncomingMessage, socket: Socket): void {
    const connection = connectionOf(socket) ?? this.#track(socket);
    const now = this.#observer.now();
    if (connection.upgradedBy === undefined) this.#upgradedCount += 1;
    connection.upgradedBy = requestName(request);
    connection.requestAt = now;
    this.#observer.traffic.note(now);
    if (!this.#draining) return;
    this.#observer.requested();
    this.#observer.changed();
  }

  /** Something came over a connection of which nobody knows what it says. */
  #plainTraffic({ acceptedAt }: Connection): void {
    this.#observer.traffic.note(this.#observer.now());
    if (this.#draining && acceptedAt >= this.#announcedAt) this.#observer.requested();
  }

  #track(socket: Socket, acceptedAt = this.#observer.now()): Connection {
    // A plain server may hand its connections on to one that knows the protocol.
    connectionOf(socket)?.handOver?.();
    const connection = attachConnection(socket, acceptedAt);
    this.#connections.add(connection);
    if (this.#plain !== undefined) {
      this.#plain.carry(connection);
      this.#upgradedCount += 1;
      connection.handOver = () => this.#forget(connection);
      if (this.#draining) this.#observer.changed();
    }
    socket.once('close', () => {
      this.#connections.delete(connection);
      if (connection.upgradedBy !== undefined) this.#upgradedCount -= 1;
      if (!this.#draining) return;
      this.#observer.openRequests.connectionClosed(connection);
      this.#observer.changed();
    });
    return connection;
  }

  /** The handshake is over: what was tracked as the raw connection goes on as the TLS one. */
  #trackSecure(socket: Socket): void {
    const raw = rawSocketOf(socket);
    const before = raw === undefined ? undefined : connectionOf(raw);
    if (before !== undefined) this.#forget(before);
    this.#track(socket, before?.acceptedAt);
  }

  /** Somebody else follows what becomes of it. */
  #forget(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#plain?.forget(connection);
    if (connection.upgradedBy !== undefined) this.#upgradedCount -= 1;
    connection.upgradedBy = undefined;
  }

  /**
   * Without this an app that closes its server after the drain did would get ERR_SERVER_NOT_RUNNING, and its `close` listeners would have run
   * long before it asked for it.
   */
  #holdClose(): void {
    const { server } = this;
    this.#close = 'app has not called it';
    const close = (callback?: (error?: Error) => void): NetServer => {
      this.#close = 'app has called it';
      if (typeof callback === 'function') server.once('close', () => callback());
      if (server.listening) {
        this.#observer.closeHeld();
        return server;
      }
      Reflect.deleteProperty(server, 'close');
      closeIdleConnections(server);
      // It does not listen any more: this only emits `close`, now or when the last connection is gone.
      NetServer.prototype.close.call(server);
      return server;
    };
    Object.defineProperty(server, 'close', { value: close, configurable: true, writable: true, enumerable: false });
  }
}

function closeIdleConnections(server: NetServer): void {
  // A server that speaks HTTP/2 only has no such connections.
  if (isProtectable(server) && 'closeIdleConnections' in server) server.closeIdleConnections();
}

/** Responses to requests other than health checks that this connection carries. */
function responsesOn(connection: Connection): readonly ServerResponse[] {
  const current = currentResponse(connection.socket);
  if (current === undefined) return [];
  const all = connection.pipelined.includes(current) ? connection.pipelined : [current, ...connection.pipelined];
  return all.filter((response) => !response.writableFinished && !ownAnswers.has(response) && !isBalancerHealthCheck(response.req));
}

/** Answers to health checks that wait for their checks. They count as no request. */
const ownAnswers = new WeakSet<ServerResponse>();

/** An answer on this connection has already told its client that nothing comes after it. */
function isClosing(socket: Socket): boolean {
  const current = currentResponse(socket);
  if (current === undefined || !current.headersSent) return false;
  // Node's own field; `shouldKeepAlive` alone does not tell what the head said.
  return (current as ServerResponse & { readonly _last?: boolean })._last === true;
}

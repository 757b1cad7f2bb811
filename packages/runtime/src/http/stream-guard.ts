import type { IncomingHttpHeaders, Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Connection } from './connection.ts';
import type { HealthPaths } from './health-paths.ts';

/** What a server's HTTP/2 connections carry. A connection is closed by the server that guards it; what happens on it is told here. */
export interface StreamGuard {
  /** Requests other than health checks that are not answered completely. */
  readonly requestsInFlight: number;
  /** @param connection Unknown when the app made the session of something that is no socket. */
  sessionOpened(session: Http2Session, connection: Connection | undefined): void;
  /** True keeps the stream from the app: it was answered here. */
  takes(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, paths: HealthPaths): boolean;
  /** The drain begins: requests are tracked one by one, and clients are asked to go elsewhere. */
  announce(): void;
  /** Lingering is over: no new streams. Each connection closes when its last stream has ended. */
  close(): void;
}

import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { TargetAddress } from '../../../src/balancer/protocol.ts';

/** A target that speaks HTTP/2 without TLS. */
export interface Http2Target {
  readonly address: TargetAddress;
  readonly server: Http2Server;
  /** In order of arrival. */
  readonly sockets: readonly Socket[];
  readonly sessions: readonly ServerHttp2Session[];
}

export async function startHttp2Target(
  t: TestContext,
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  id = 'target',
): Promise<Http2Target> {
  const server = createServer();
  const sockets: Socket[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const bound = server.address();
  return { address: { id, host: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 }, server, sockets, sessions };
}

export function connectHttp2(t: TestContext, port: number, scheme: 'http' | 'https' = 'http'): ClientHttp2Session {
  const session = connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  t.after(() => session.destroy());
  return session;
}

export interface Http2Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
  /** 0 for a stream that ended as it should. */
  readonly rstCode: number;
  readonly ended: boolean;
}

/** Sends one request and waits for the end of its stream, whatever that is. */
export async function ask(session: ClientHttp2Session, headers: Record<string, string>, body?: readonly Buffer[]): Promise<Http2Answer> {
  const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined });
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  let text = '';
  let ended = false;
  stream.on('response', (received) => (head = received));
  stream.on('trailers', (received) => (trailers = received));
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => (ended = true));
  stream.on('error', () => {});
  for (const piece of body ?? []) stream.write(piece);
  if (body !== undefined) stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  const status = head[':status'];
  return { status: typeof status === 'number' ? status : undefined, headers: head, trailers, body: text, rstCode: stream.rstCode ?? 0, ended };
}

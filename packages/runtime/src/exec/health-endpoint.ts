import { get, STATUS_CODES } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createRequestFramer, type RequestHead } from '@spotproof/core/http1';
import { isBalancerHealthCheck } from './front/heads.ts';

export interface HealthEndpointOptions {
  readonly host: string | undefined;
  readonly port: number;
  /** Where the program answers for itself, if it does. */
  readonly program: { readonly port: number; readonly path: string } | undefined;
  readonly readiness: () => Readiness;
  /** A balancer asked. */
  readonly onHealthCheck: (address: string) => void;
}

export type Readiness = 'starting' | 'ready' | 'draining';

/**
 * Answers health checks beside the program. On `node:net`, since a server of `node:http` would be taken for the app where NODE_OPTIONS brings
 * `@spotproof/runtime/auto` in here.
 */
export async function listenForHealthChecks(options: HealthEndpointOptions): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => answerAll(socket, options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, resolve);
  });
  server.on('error', () => {});
  server.unref();
}

/** One request a connection: checks are rare, and nothing is left open. */
function answerAll(socket: Socket, options: HealthEndpointOptions): void {
  let head: RequestHead | undefined;
  const framer = createRequestFramer({
    onHead: (received) => {
      head = received;
      if (isBalancerHealthCheck(received)) options.onHealthCheck(socket.remoteAddress ?? '');
    },
    onBody: () => {},
    onMessageEnd: () => {
      framer.pause();
      const path = head?.target.split('?')[0] ?? '/';
      void statusOf(path, options).then(({ code, word }) => socket.end(answer(code, word, head?.method === 'HEAD')));
    },
    onError: () => socket.end(answer(400, 'bad request', false)),
  });
  socket.setTimeout(LONGEST_CHECK_MS, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    framer.push(chunk);
  });
}

async function statusOf(path: string, { readiness, program }: HealthEndpointOptions): Promise<{ readonly code: number; readonly word: string }> {
  if (path === '/livez') return { code: 200, word: 'live' };
  if (readiness() === 'ready' && program !== undefined) {
    const code = await ask(program.port, program.path);
    // The drain may have begun in the meantime.
    if (readiness() === 'ready')
      return code === undefined ? { code: 503, word: 'the program does not answer' } : { code, word: code < 400 ? 'ready' : 'not ready' };
  }
  const word = readiness();
  return { code: word === 'ready' ? 200 : 503, word };
}

/** The program's own word; undefined when it has none in time. */
function ask(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: 'localhost', port, path, agent: false, timeout: LONGEST_ASK_MS }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}

function answer(code: number, word: string, isHead: boolean): string {
  const body = `{"status":"${word}"}\n`;
  return `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${isHead ? '' : body}`;
}

const LONGEST_CHECK_MS = 10_000;
/** Below the 5 s that a balancer waits unless told otherwise. */
const LONGEST_ASK_MS = 4_000;

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Changes } from '../../src/lab/changes.ts';
import { RelayProcess } from '../../src/lab/faults/relay-process.ts';
import { LAB_MODULES } from '../../src/lab/run-lab.ts';

describe('the relay before a task', { concurrency: 4 }, () => {
  it('passes bytes on both ways, and a half-close as a half-close', async (t) => {
    // Answers only when the request side is closed: without half-close nothing would come back.
    const app = await listen(t, (socket) => {
      const parts: Buffer[] = [];
      socket.on('data', (chunk) => parts.push(chunk));
      socket.on('end', () => socket.end(mirrored(Buffer.concat(parts))));
    });
    const { port } = await startRelay(t, app);
    const sent = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251));

    const client = open(t, port);
    client.socket.end(sent);
    await client.ended;

    assert.equal(client.error(), undefined);
    assert.ok(Buffer.concat(client.chunks).equals(mirrored(sent)), 'the same bytes came back, reversed');
  });

  it('passes a reset on in either direction', async (t) => {
    const accepted: Promise<void>[] = [];
    const app = await listen(t, (socket) => {
      accepted.push(new Promise((resolve) => socket.once('error', (error: NodeJS.ErrnoException) => error.code === 'ECONNRESET' && resolve())));
      socket.on('data', (chunk) => (String(chunk) === 'reset me' ? socket.resetAndDestroy() : socket.write('here')));
    });
    const { port } = await startRelay(t, app);

    const victim = open(t, port);
    victim.socket.write('reset me');
    await victim.closed;
    assert.equal(victim.error()?.code, 'ECONNRESET');

    const resetter = open(t, port);
    resetter.socket.write('hello');
    await resetter.until('here');
    resetter.socket.resetAndDestroy();
    await within(accepted[1], 'the app sees the reset');
  });

  it('resets a connection behind which nobody listens', async (t) => {
    const app = await listen(t, () => {});
    const { port } = await startRelay(t, app);
    await new Promise((resolve) => app.close(resolve));

    const client = open(t, port);
    await client.closed;

    assert.equal(client.error()?.code, 'ECONNRESET');
  });

  it('hang: takes what comes and gives nothing back, then resets what it swallowed and serves again', async (t) => {
    const { app, requests } = await httpApp(t);
    const { port, relay } = await startRelay(t, app);
    const old = open(t, port);
    await old.ask('/before');

    assert.ok(((await relay.begin({ kind: 'hang' })) ?? 0) > 0);
    old.socket.write(get('/swallowed'));
    // What was sent later on another connection has been read to its end, so the relay has seen all of it.
    const impatient = open(t, port);
    impatient.socket.end(get('/swallowed-too'));
    await impatient.closed;
    assert.deepEqual([impatient.text(), impatient.error()], ['', undefined]);

    await relay.finish();
    await old.closed;
    assert.equal(old.error()?.code, 'ECONNRESET');
    assert.equal(old.text().split('HTTP/1.1').length - 1, 1, 'one answer, from before');
    const after = open(t, port);
    await after.ask('/after');
    assert.deepEqual(requests, ['/before', '/after']);
  });

  it('5xx: answers whole requests with 500 on connections old and new, finishes what the app had begun, and hands back afterwards', async (t) => {
    const { app, requests } = await httpApp(t);
    const { port, relay } = await startRelay(t, app);
    const idle = open(t, port);
    await idle.ask('/before');
    const busy = open(t, port);
    busy.socket.write('POST /begun HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab');
    await within(
      eventually(() => requests.includes('/begun')),
      'the app has the head of the request',
    );

    await relay.begin({ kind: '5xx' });
    busy.socket.write('cd');
    await busy.until('200 OK');
    await idle.ask('/refused', '500 Internal Server Error');
    await idle.ask('/refused-again', '500 Internal Server Error');
    await open(t, port).ask('/refused-fresh', '500 Internal Server Error');
    await relay.finish();
    await idle.ask('/after', '200 OK');

    assert.deepEqual(requests, ['/before', '/begun', '/after']);
  });

  it('slow: every answer comes late, in order and whole', async (t) => {
    const { app } = await httpApp(t);
    const { port, relay } = await startRelay(t, app);
    const client = open(t, port);
    await client.ask('/fast');

    await relay.begin({ kind: 'slow', delayMs: 400 });
    const sentAt = performance.now();
    await client.ask('/slow');

    assert.ok(performance.now() - sentAt >= 395, `came after ${performance.now() - sentAt} ms`);
    assert.match(client.text(), /\/fast[^]*\/slow/);
  });
});

function mirrored(octets: Uint8Array): Uint8Array {
  return Uint8Array.from(octets).toReversed();
}

async function startRelay(t: TestContext, app: Server): Promise<{ readonly relay: RelayProcess; readonly port: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spotproof-relay-'));
  const failures: string[] = [];
  const relay = new RelayProcess({
    modulePath: LAB_MODULES.relay,
    logPath: path.join(directory, 'relay.log'),
    targetPort: portOf(app),
    changes: new Changes(),
    signal: t.signal,
    onFailure: (message) => failures.push(message),
  });
  t.after(async () => {
    await relay.close(1000);
    rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(failures, []);
  });
  const port = await relay.port();
  assert.ok(port !== undefined, 'the relay listens');
  return { relay, port };
}

/** Raw, so that nothing is retried or tidied up behind our back. Answers 200 with the path as body once a request is whole. */
async function httpApp(t: TestContext): Promise<{ readonly app: Server; readonly requests: string[] }> {
  const requests: string[] = [];
  const app = await listen(t, (socket) => {
    let text = '';
    let path: string | undefined;
    socket.on('data', (chunk) => {
      text += String(chunk);
      const head = /^\w+ (\S+) HTTP\/1\.1\r\n(?:.*\r\n)*?\r\n/.exec(text);
      if (head === null) return;
      if (path === undefined) requests.push((path = head[1] ?? ''));
      const length = Number(/Content-Length: (\d+)/.exec(head[0])?.[1] ?? 0);
      if (text.length < head[0].length + length) return;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      [text, path] = ['', undefined];
    });
  });
  return { app, requests };
}

function listen(t: TestContext, onConnection: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Client {
  readonly socket: Socket;
  readonly chunks: readonly Buffer[];
  readonly ended: Promise<unknown>;
  readonly closed: Promise<unknown>;
  text(): string;
  error(): NodeJS.ErrnoException | undefined;
  until(text: string): Promise<unknown>;
  /** Sends a GET and waits for one more answer that has this in it. */
  ask(path: string, expected?: string): Promise<void>;
}

function open(t: TestContext, port: number): Client {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let error: NodeJS.ErrnoException | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (reason: NodeJS.ErrnoException) => (error = reason));
  t.after(() => socket.destroy());
  const text = (): string => Buffer.concat(chunks).toString('latin1');
  const until = (wanted: string, from = 0): Promise<unknown> =>
    within(
      eventually(() => text().includes(wanted, from)),
      `${wanted} comes back`,
    );
  return {
    socket,
    chunks,
    ended: within(once(socket, 'end'), 'the connection ends'),
    closed: within(once(socket, 'close'), 'the connection is closed'),
    text,
    error: () => error,
    until,
    ask: async (path, expected = path) => {
      const from = text().length;
      socket.write(get(path));
      await until(expected, from);
    },
  };
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

function once(socket: Socket, event: 'end' | 'close'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

/** A promise that does not come true within the limit fails by its name; the limit is kept even for one that nobody awaits. */
function within<Value>(promise: Promise<Value> | undefined, fact: string): Promise<Value> {
  const limited = new Promise<Value>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Within ${LIMIT_MS} ms it did not come true that ${fact}.`)), LIMIT_MS);
    timer.unref();
    void promise?.then(resolve, reject).finally(() => clearTimeout(timer));
  });
  limited.catch(() => {});
  return limited;
}

function portOf(server: Server): number {
  // It listens on TCP.
  return (server.address() as AddressInfo).port;
}

const LIMIT_MS = 20_000;

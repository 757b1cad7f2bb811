import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { Server as NetServer } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import type { NodeAddress } from '../../src/balancer/protocol.ts';
import type { ClientRecord } from '../../src/load/client-record.ts';
import type { RequestSpec } from '../../src/load/request-spec.ts';
import { Schedule } from '../../src/load/schedule.ts';
import { startBalancer } from '../balancer/support/start-balancer.ts';
import { requestSpec, startLoad, type LoadProcess } from './load-process.ts';
import { waitUntil } from './wait-until.ts';

const WEBSOCKET = requestSpec({
  websocket: { keepMs: [60_000, 60_000], everyMs: [10, 30], message: 'message {n}', expectEcho: true, reconnectMs: [0, 50] },
  timeoutMs: 2000,
});
const SSE = requestSpec({ eventStream: { keepMs: [60_000, 60_000], consecutiveIds: true } });

// Each waits for most of its time, so they bear each other's company.
describe('the load finds that', { concurrency: 4 }, () => {
  test('a WebSocket that is told to reconnect comes back, and goes on with what was not answered', async (t) => {
    const sockets: WebSocket[] = [];
    const heard: string[] = [];
    const node = await webSocketServer(t, (socket) => {
      const isFirst = sockets.push(socket) === 1;
      socket.on('message', (message: Buffer, isBinary) => {
        heard.push(message.toString());
        // The third message crosses with the close.
        if (isFirst && heard.length === 3) socket.close(1012, 'service restart');
        else socket.send(message, { binary: isBinary });
      });
    });
    await using load = await startOne(node, WEBSOCKET);

    await waitUntil('six messages', () => heard.length >= 6);
    const { records, summary } = await load.finish();

    assert.deepEqual(records.map(brief), [
      ['answered', 'told-to-reconnect', 1012, 1],
      ['answered', 'by-client', 1000, 2],
    ]);
    assert.deepEqual(records[0]?.id.endsWith('-1') && records[1]?.id.endsWith('-1.2'), true, 'both names are told');
    assert.equal(records[0]?.longLived?.closeReason, 'service restart');
    assert.equal(records[0]?.longLived?.carriedOver, 1);
    assert.deepEqual(heard.slice(0, 5), ['message 1', 'message 2', 'message 3', 'message 3', 'message 5'], 'said again, then the next');
    assert.deepEqual([summary.planned, summary.sent, summary.ended], [2, 2, 2]);
  });

  for (const [how, outcome] of [
    ['fin', 'truncated-fin'],
    ['rst', 'truncated-rst'],
  ] as const) {
    test(`a WebSocket that is cut by ${how} without a close frame is lost, and its client stays away`, async (t) => {
      let connections = 0;
      const node = await webSocketServer(t, (socket, request) => {
        connections++;
        socket.on('message', () => {
          if (how === 'rst') request.socket.resetAndDestroy();
          else request.socket.destroySoon();
        });
      });
      await using load = await startOne(node, WEBSOCKET);

      await load.waitFor('progress', 1);
      const { records } = await load.finish();

      assert.deepEqual(records.map(brief), [[outcome, 'cut', 1006, 1]]);
      assert.equal(connections, 1);
    });
  }

  test('a message without an echo is lost, though the connection stays', async (t) => {
    const node = await webSocketServer(t, () => {});
    await using load = await startOne(node, { ...WEBSOCKET, timeoutMs: 300 });

    await load.waitFor('progress', 1);
    const { records } = await load.finish();

    assert.equal(records[0]?.outcome, 'unanswered-message');
    assert.match(records[0]?.detail ?? '', /expected an echo of "message 1" within 300 ms/);
  });

  test('a WebSocket that is answered by 503 or by nobody is told as that', async (t) => {
    const server = createServer((_request, response) => response.writeHead(503, { server: 'awselb/2.0' }).end());
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\nServer: awselb/2.0\r\nContent-Length: 0\r\n\r\n'));
    const refusing = await listen(t, server);
    await using load = await startOne(refusing, WEBSOCKET);
    await using nobody = await startOne({ ...refusing, port: 1 }, WEBSOCKET);

    await Promise.all([load.waitFor('progress', 1), nobody.waitFor('progress', 1)]);
    const [first, second] = [await load.finish(), await nobody.finish()];

    assert.deepEqual(
      first.records.map(({ outcome, status, answeredBy }) => [outcome, status, answeredBy]),
      [['bad-status', 503, 'balancer']],
    );
    assert.deepEqual(
      second.records.map(({ outcome }) => outcome),
      ['refused'],
    );
  });

  test('an event stream that ends after `retry:` is followed up with the last id, and no event is missed', async (t) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const last = request.headers['last-event-id'];
      asked.push(typeof last === 'string' ? last : undefined);
      sendEvents(response, Number(last ?? 0));
      if (asked.length === 1) setTimeout(() => response.end('retry: 50\n\n'), 100);
    });
    const node = await listen(t, server);
    await using load = await startOne(node, SSE);

    await waitUntil('a second connection', () => asked.length === 2);
    const { records } = await load.finish();

    assert.deepEqual(records.map(brief), [
      ['answered', 'told-to-reconnect', undefined, 1],
      ['answered', 'by-client', undefined, 2],
    ]);
    assert.equal(records[0]?.longLived?.retryMs, 50);
    assert.equal(asked[1], String(records[0]?.longLived?.received), 'it says which event it saw last');
  });

  for (const [how, outcome] of [
    ['fin', 'truncated-fin'],
    ['rst', 'truncated-rst'],
  ] as const) {
    test(`an event stream that is cut by ${how} is lost`, async (t) => {
      const server = createServer((_request, response) => {
        sendEvents(response, 0);
        setTimeout(() => (how === 'rst' ? response.socket?.resetAndDestroy() : response.socket?.destroySoon()), 100);
      });
      const node = await listen(t, server);
      await using load = await startOne(node, SSE);

      await load.waitFor('progress', 1);
      const { records } = await load.finish();

      assert.deepEqual(records.map(brief), [[outcome, 'cut', undefined, 1]]);
    });
  }

  test('an event stream that leaves out an event is lost, however well it ends', async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('retry: 60000\nid: 1\ndata: a\n\nid: 3\ndata: c\n\n');
    });
    const node = await listen(t, server);
    await using load = await startOne(node, SSE);

    await load.waitFor('progress', 1);
    const { records } = await load.finish();

    assert.equal(records[0]?.outcome, 'missed-event');
    assert.equal(records[0]?.detail, 'expected event 2, got 3');
  });

  test('an event stream that is never answered is lost, even when the load is over before', async (t) => {
    const server = createServer(() => {});
    const asked = once(server, 'request');
    const node = await listen(t, server);
    await using load = await startOne(node, { ...SSE, timeoutMs: 1500 });

    await asked;
    const { records } = await load.finish();

    assert.deepEqual(records.map(brief), [['timed-out', 'not-opened', undefined, 1]]);
  });

  test('requests and gRPC calls go over HTTP/2, each with the outcome that its stream had', async (t) => {
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      serveHttp2(stream, String(headers[':path']));
    });
    const node = await listen(t, server);
    const grpc = { message: 'aGk=', status: [0], messages: [1, 1] } as const;
    const requests = [
      requestSpec({ name: 'whole', path: '/whole', expect: { status: 200, bodyEquals: 'whole' } }),
      requestSpec({ name: 'broken', path: '/broken' }),
      requestSpec({ name: 'call', path: '/call', method: 'POST', grpc }),
      requestSpec({ name: 'unavailable', path: '/unavailable', method: 'POST', grpc }),
      requestSpec({ name: 'silent', path: '/silent', timeoutMs: 200 }),
    ];
    await using load = startLoad({ nodes: [node], listener: 'h2c', requests, ratePerSecond: 60, seed: 1, maxDurationMs: 1000 });

    await load.waitFor('progress', 1);
    const { records, summary } = await load.finish();

    const seen = new Map(records.map((record) => [record.name, `${record.outcome} ${record.protocol} ${record.grpcStatus ?? '-'}`]));
    assert.deepEqual(Object.fromEntries(seen), {
      whole: 'answered h2 -',
      broken: 'truncated-rst h2 -',
      call: 'answered grpc 0',
      unavailable: 'bad-status grpc 14',
      silent: 'timed-out h2 -',
    });
    assert.equal(new Set(records.map(({ name, outcome }) => `${name} ${outcome}`)).size, 5, 'each kind always has the same outcome');
    assert.equal(summary.ended, records.length);
  });

  test('behind TLS, requests go over HTTP/2 and WebSockets over HTTP/1.1, through a balancer to targets that speak HTTP/1.1', async (t) => {
    const versions = new Set<string>();
    const server = createServer((request, response) => {
      versions.add(request.httpVersion);
      response.end('hello');
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary })));
    const target = await listen(t, server);
    const balancer = await startBalancer(t, { listener: 'https' }, [{ address: { id: 'target', host: target.host, port: target.port } }]);
    const requests = [{ ...WEBSOCKET, name: 'socket' }, requestSpec({ name: 'request', expect: { status: 200, bodyEquals: 'hello' } })];
    await using load = startLoad({ nodes: balancer.nodes, listener: 'https', requests, ratePerSecond: 30, seed: 1, maxDurationMs: 1000 });

    await load.waitFor('progress', 1);
    const { records } = await load.finish();

    assert.deepEqual(
      new Set(records.map(({ name, outcome, protocol }) => `${name} ${protocol} ${outcome}`)),
      new Set(['socket websocket answered', 'request h2 answered']),
    );
    assert.deepEqual([...versions], ['1.1']);
    assert.ok(
      records.some(({ longLived }) => (longLived?.received ?? 0) > 0),
      'they talked',
    );
  });

  test('nobody behind the port is told as refused over HTTP/2 too', async (t) => {
    const node = await listen(t, createServer());
    await using load = startLoad({
      nodes: [{ ...node, port: 1 }],
      listener: 'h2c',
      requests: [requestSpec()],
      ratePerSecond: 20,
      seed: 1,
      maxDurationMs: 500,
    });

    await load.waitFor('progress', 1);
    const { records } = await load.finish();

    assert.deepEqual([...new Set(records.map(({ outcome }) => outcome))], ['refused']);
  });
});

function serveHttp2(stream: ServerHttp2Stream, path: string): void {
  switch (path) {
    case '/whole':
      stream.respond({ ':status': 200 });
      stream.end('whole');
      return;
    case '/broken':
      stream.respond({ ':status': 200 });
      stream.write('half', () => stream.destroy(new Error('broken')));
      return;
    case '/call':
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from('0000000002686f', 'hex'));
      return;
    case '/unavailable':
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14' }, { endStream: true });
      return;
    default:
  }
}

function brief({ outcome, longLived }: ClientRecord): readonly unknown[] {
  return [outcome, longLived?.ending, longLived?.closeCode, longLived?.attempt];
}

/** One arrival, and none after it. */
async function startOne(node: NodeAddress, spec: RequestSpec): Promise<LoadProcess> {
  const plan = { seed: 1, ratePerSecond: 1000, requests: [spec] };
  const load = startLoad({ nodes: [node], ...plan, maxDurationMs: new Schedule({ ...plan, nodeCount: 1 }).nextOffsetMs });
  await load.waitFor('started');
  return load;
}

async function webSocketServer(t: TestContext, onConnection: (socket: WebSocket, request: IncomingMessage) => void): Promise<NodeAddress> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', onConnection);
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return listen(t, server);
}

function sendEvents(response: ServerResponse, last: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let id = last;
  const timer = setInterval(() => {
    if (!response.writableEnded) response.write(`id: ${++id}\ndata: tick\n\n`);
  }, 10);
  response.on('close', () => clearInterval(timer));
  response.on('error', () => {});
}

async function listen(t: TestContext, server: Server | NetServer): Promise<NodeAddress> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { name: 'node-a', host: '127.0.0.1', port: address !== null && typeof address === 'object' ? address.port : 0 };
}

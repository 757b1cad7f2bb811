import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { VirtualClock, type Clock } from '@spotproof/core';
import { Generator } from '../../src/load/generator.ts';
import { epochClock } from '../../src/load/process/epoch-clock.ts';
import type { RequestSpec } from '../../src/load/request-spec.ts';
import type { ClientRecord } from '../../src/load/client-record.ts';
import { requestSpec } from './load-process.ts';
import { waitUntil } from './wait-until.ts';

const slowUpload = requestSpec({ method: 'POST', body: { kind: 'chunks', count: [40, 40], octets: [10, 10], gapMs: [20, 20] } });

test('a second answer that comes while the connection is idle makes the request answered twice', async () => {
  await using server = await listen((socket) => answerEach(socket, OK));
  using load = await sendSome(server, requestSpec());
  await waitUntil('all have been answered', () => load.generator.counts.inFlight === 0);
  const connections = server.sockets.size;
  assert.equal(load.generator.counts.byOutcome.answered, load.generator.counts.planned);

  for (const socket of server.sockets) socket.write(OK);
  await waitUntil('the connections were dropped', () => server.sockets.size === 0);
  const records = await load.finish();

  const twice = records.filter(({ outcome }) => outcome === 'answered-twice');
  assert.equal(twice.length, connections);
  assert.match(twice[0]?.detail ?? '', /expected one response, got 38 octets more after it, beginning with "HTTP\/1\.1 200 OK/);
  assert.equal(records.length, load.generator.counts.planned);
  assert.deepEqual(load.generator.counts.byOutcome, { answered: records.length - connections, 'answered-twice': connections });
});

test('an empty line after an answer is not a second answer', async () => {
  await using server = await listen((socket) => answerEach(socket, `${OK}\r\n`));

  const records = await sendAll(server, requestSpec());

  assertOutcomes(records, 'answered');
});

for (const [how, close] of [
  ['closed', (socket: Socket) => void socket.end()],
  ['reset', (socket: Socket) => void socket.resetAndDestroy()],
] as const) {
  test(`a connection that the other side ${how} while it was idle is dropped, and nothing is lost`, async () => {
    await using server = await listen((socket) => answerEach(socket, OK));
    using load = await sendSome(server, requestSpec());
    await waitUntil('all have been answered', () => load.generator.counts.inFlight === 0);

    for (const socket of server.sockets) close(socket);
    await waitUntil('the connections are gone', () => server.sockets.size === 0);
    const records = await load.finish();

    assertOutcomes(records, 'answered');
  });
}

test('after a refusal in the middle of an upload the rest is not sent, the answer counts and the connection is not used again', async () => {
  const sentAfterRefusal: number[] = [];
  await using server = await listen((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\n');
      // Long enough for most of the upload, so that it is the status that stops it and not the end of the answer.
      setTimeout(() => socket.write('long'), 500);
      const index = sentAfterRefusal.push(0) - 1;
      socket.on('data', (chunk) => (sentAfterRefusal[index] = (sentAfterRefusal[index] ?? 0) + chunk.length));
    });
  });

  using load = await sendSome(server, slowUpload);
  await waitUntil('the generator has closed the connections', () => load.generator.counts.inFlight === 0 && server.sockets.size === 0);
  const records = await load.finish();

  assertOutcomes(records, 'answered');
  for (const { status, connection } of records) assert.deepEqual([status, connection], [413, 'fresh']);
  assert.equal(sentAfterRefusal.length, records.length);
  const piece = 'a\r\n'.length + 10 + '\r\n'.length;
  for (const octets of sentAfterRefusal) assert.ok(octets <= 10 * piece, `${octets} octets of ${39 * piece} were sent after the refusal`);
});

test('an answer that begins early and ends after the upload gets the whole upload', async () => {
  let uploads = 0;
  await using server = await listen((socket) => {
    let seen = '';
    socket.on('data', (chunk) => {
      if (seen === '') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
      seen += chunk.toString('latin1');
      if (!seen.endsWith('\r\n0\r\n\r\n')) return;
      seen = '';
      uploads++;
      socket.write('3\r\ntwo\r\n0\r\n\r\n');
    });
  });

  const records = await sendAll(server, { ...slowUpload, expect: { bodyEquals: 'onetwo' } });

  assertOutcomes(records, 'answered');
  assert.equal(uploads, records.length);
});

test('a FIN in the middle of an upload is told as a FIN, although what is sent afterwards is met with an RST', async () => {
  await using server = await listen((socket) => {
    let closed = false;
    socket.on('data', () => {
      if (!closed) socket.destroy();
      closed = true;
    });
  });

  const records = await sendAll(server, slowUpload);

  assertOutcomes(records, 'no-response-fin');
});

test('answers without a body are complete at the end of their head and leave the connection in use', async () => {
  const bodiless = [
    'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
  ];
  for (const [answer, method] of [
    [bodiless[0], 'HEAD'],
    [bodiless[1], 'GET'],
    [bodiless[2], 'GET'],
  ] as const) {
    await using server = await listen((socket) => answerEach(socket, answer ?? ''));

    const records = await sendAll(server, requestSpec({ method }));

    assertOutcomes(records, 'answered');
    assert.ok(records.some(({ connection }) => connection === 'reused'));
  }
});

test('a switch of protocols that nobody asked for is garbage', async () => {
  await using server = await listen((socket) =>
    answerEach(socket, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'),
  );

  const records = await sendAll(server, requestSpec());

  assertOutcomes(records, 'garbage');
});

test('an answer that says Connection: close ends the connection, and the next request gets another', async () => {
  await using server = await listen((socket) => answerEach(socket, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));

  const records = await sendAll(server, requestSpec());

  assertOutcomes(records, 'answered');
  assert.ok(records.every(({ connection }) => connection === 'fresh'));
  await waitUntil('the generator has closed them', () => server.sockets.size === 0);
});

test('an idle connection is kept for 50 s and then closed, before the balancer would', async () => {
  await using server = await listen((socket) => answerEach(socket, OK));
  const clock = new VirtualClock();
  using load = generate(server, requestSpec(), { clock, maxDurationMs: 1_000, ratePerSecond: 20 });
  const { generator } = load;
  generator.start();
  clock.advance(1_000);
  await waitUntil('all have been answered', () => generator.counts.planned > 3 && generator.counts.inFlight === 0);
  const connections = server.sockets.size;

  clock.advance(49_000);
  await twoTurns();
  assert.equal(server.sockets.size, connections);
  clock.advance(2_000);
  await waitUntil('the idle connections are closed', () => server.sockets.size === 0);

  const finished = load.finish();
  await twoTurns();
  clock.advance(1_000);
  assertOutcomes(await finished, 'answered');
});

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** Answers each request that has no body. */
function answerEach(socket: Socket, answer: string): void {
  socket.on('data', () => void socket.write(answer));
}

async function listen(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly sockets: ReadonlySet<Socket> } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // `address()` is a string for pipes only.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends about twenty requests and leaves the generator running. */
async function sendSome(server: { readonly port: number }, spec: RequestSpec): Promise<Load> {
  const load = generate(server, spec, { clock: epochClock, maxDurationMs: 100, ratePerSecond: 200 });
  const startedAt = load.generator.start();
  await waitUntil('the plan is over', () => epochClock.now() > startedAt + 120 && load.generator.counts.planned > 3);
  return load;
}

interface Load extends Disposable {
  readonly generator: Generator;
  readonly finish: () => Promise<readonly ClientRecord[]>;
}

function generate(
  { port }: { readonly port: number },
  spec: RequestSpec,
  options: { readonly clock: Clock; readonly maxDurationMs: number; readonly ratePerSecond: number },
): Load {
  const { maxDurationMs, ratePerSecond } = options;
  const records: ClientRecord[] = [];
  let disposed = false;
  // After a failed test nothing must keep the generator, and with it this process, alive.
  const clock: Clock = {
    now: () => options.clock.now(),
    schedule: (delayMs, callback) => (disposed ? () => {} : options.clock.schedule(delayMs, callback)),
  };
  const generator = new Generator({
    config: { nodes: [{ name: 'a', host: '127.0.0.1', port }], ratePerSecond, seed: 5, requests: [spec], idPrefix: 't', maxDurationMs },
    clock,
    onRecord: (record) => void records.push(record),
  });
  return {
    generator,
    finish: async () => {
      await generator.finish();
      return records;
    },
    [Symbol.dispose]() {
      disposed = true;
    },
  };
}

async function sendAll(server: { readonly port: number }, spec: RequestSpec): Promise<readonly ClientRecord[]> {
  using load = await sendSome(server, spec);
  const records = await load.finish();
  assert.equal(records.length, load.generator.counts.planned);
  return records;
}

function assertOutcomes(records: readonly ClientRecord[], outcome: string): void {
  assert.deepEqual(
    records.filter((record) => record.outcome !== outcome),
    [],
  );
}

/** Enough for what a tick of the generator does after the poll phase. */
async function twoTurns(): Promise<void> {
  await turn();
  await turn();
}

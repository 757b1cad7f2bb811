import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test } from 'node:test';
import type { DrainReport } from '@spotproof/runtime';
import { Http2Client } from '../http2/client.ts';
import { FrameClient } from '../http2/frame-client.ts';
import { Program } from '../support/program.ts';
import { ask, RawClient } from '../support/raw-client.ts';
import { again, outInTime } from './support/out-in-time.ts';
import { TOLD_1012, webSocket } from './support/web-socket.ts';

const BUDGET = { SPOTPROOF_STOP_TIMEOUT: '6' };
// A watch mode does not linger: only what the peers do keeps the process.
const QUICK = { SPOTPROOF_STOP_TIMEOUT: '20', WATCH_REPORT_DEPENDENCIES: '1' };

void describe('bodies that never end (slow loris)', { concurrency: 8 }, () => {
  for (const way of ['protect', 'auto'] as const) {
    test(`HTTP/1.1, ${way}: are cut before the stop timeout, and each is named`, async () => {
      await using app = await Program.start('app.mjs', { env: { ...BUDGET, ...(way === 'auto' && { PROTECT: 'no' }) }, auto: way === 'auto' });
      const clients = await Promise.all(Array.from({ length: 20 }, async () => await RawClient.connect(app.port)));
      for (const client of clients) client.send('POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      const drip = again(async () => {
        for (const client of clients) client.send('1\r\nx\r\n');
        await delay(100);
      });
      await ask(app.port, '/another');

      app.signal('SIGTERM');
      const report = await outInTime(app);
      await drip.stop();

      assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['deadline', 1, 20]);
      assert.ok(report.lost.every(({ name, reason }) => name === 'POST /upload' && reason === 'deadline'));
      for (const client of clients) client.socket.destroy();
    });
  }

  test('HTTP/2: are cut before the stop timeout, and each is named', async () => {
    await using app = await Program.start('http2-app.mjs', { env: BUDGET });
    using client = new Http2Client(app.port, 'h2c');
    await client.get('/first');
    const uploads = Promise.allSettled(Array.from({ length: 5 }, async () => await client.send('POST', '/upload', { body: dripping(client) })));
    await client.get('/second');

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['deadline', 1, 5]);
    assert.ok(report.lost.every(({ name }) => name === 'POST /upload'));
    assert.ok((await uploads).every(({ status }) => status === 'rejected'));
  });

  test('WebSocket: a frame that never ends does not keep its connection past the stop timeout', async () => {
    await using app = await Program.start('adapters/web-sockets.mjs', { env: BUDGET });
    using client = await webSocket(app.port);
    // Text, masked, 65535 octets long.
    client.socket.write(Buffer.from([0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0]));
    const drip = again(async () => {
      client.socket.write('x');
      await delay(100);
    });

    app.signal('SIGTERM');
    await outInTime(app);
    await drip.stop();

    // It was told, deaf as it is.
    assert.match(client.received, TOLD_1012);
  });
});

void describe('half a head', { concurrency: 8 }, () => {
  test('HTTP/1.1: sockets that never sent a byte or sent half a head do not keep the process', async () => {
    await using app = await Program.start('app.mjs', { env: QUICK });
    using silent = await RawClient.connect(app.port);
    using half = await RawClient.connect(app.port);
    half.send('GET /half HTTP/1.1\r\nHos');

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assert.ok((report.phases.releasing ?? 0) > 900, `they had only ${report.phases.releasing} ms to say something`);
    assertLetGo(report);
    await Promise.all([silent.closed, half.closed]);
  });

  test('HTTP/1.1: one that grows by an octet at a time, without end, does not keep the process', async () => {
    await using app = await Program.start('app.mjs', { env: QUICK });
    using half = await RawClient.connect(app.port);
    half.send('GET /half HTTP/1.1\r\nX: ');
    const drip = again(async () => {
      half.send('x');
      await delay(50);
    });

    app.signal('SIGTERM');
    const report = await outInTime(app);
    await drip.stop();

    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assertLetGo(report);
  });

  test('HTTP/2: half a preface, half a header frame and a TLS handshake that stops do not keep the process', async () => {
    await using plain = await Program.start('http2-app.mjs', { env: QUICK });
    await using secure = await Program.start('http2-app.mjs', { env: { ...QUICK, MODE: 'mixed' } });
    using preface = await RawClient.connect(plain.port);
    preface.send('PRI * HTTP/2.0\r\n');
    using frame = await RawClient.connect(plain.port);
    frame.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    frame.socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    // HEADERS without END_HEADERS on stream 1: the rest never comes.
    frame.socket.write(Buffer.from([0, 0, 2, 1, 0, 0, 0, 0, 1, 0x82, 0x86]));
    using handshake = await RawClient.connect(secure.port);
    handshake.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x01, 0x00, 0x01]));

    for (const app of [plain, secure]) app.signal('SIGTERM');
    const reports = [await outInTime(plain), await outInTime(secure)];

    assert.deepEqual(
      reports.map(({ outcome, exitCode, lostCount }) => [outcome, exitCode, lostCount]),
      [
        ['drained', 0, 0],
        ['drained', 0, 0],
      ],
    );
    for (const report of reports) assertLetGo(report);
  });

  test('WebSocket: half an upgrade does not keep the process', async () => {
    await using app = await Program.start('adapters/web-sockets.mjs', { env: QUICK });
    using half = await RawClient.connect(app.port);
    half.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: webso');

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assertLetGo(report);
  });
});

void describe('a storm', { concurrency: 8 }, () => {
  test('of connections that end at once does not keep the listener open', async () => {
    await using app = await Program.start('app.mjs');
    const storm = Array.from({ length: 4 }, () =>
      again(async () => {
        using _ = await RawClient.connect(app.port);
      }),
    );

    app.signal('SIGTERM');
    const report = await outInTime(app);
    await Promise.all(storm.map((one) => one.stop()));

    assert.deepEqual([report.outcome, report.exitCode], ['drained', 0]);
  });

  test('of RST in the middle of requests, answers and upgrades is no loss, and others are served through it', async () => {
    await using app = await Program.start('app.mjs', { env: BUDGET });
    const heads = ['GET /slow?ms=50', 'GET /stream?ms=50', 'POST /upload', 'GET /x'];
    const storm = Array.from({ length: 4 }, (_, index) =>
      again(async () => {
        using client = await RawClient.connect(app.port);
        client.send(`${heads[index]} HTTP/1.1\r\nHost: x\r\n${index === 2 ? 'Content-Length: 9\r\n' : ''}\r\n`);
        if (index === 3) client.send('GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
        await delay(5);
        client.socket.resetAndDestroy();
      }),
    );
    await app.line(/^started \/slow/);
    await app.line(/^started \/stream/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const answer = await ask(app.port, '/polite');
    const report = await outInTime(app);
    await Promise.all(storm.map((one) => one.stop()));

    assert.match(answer, /app GET \/polite$/);
    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assert.ok(report.abandoned > 0, 'the storm had no request in flight');
  });

  test('of streams that are opened and reset at once (HTTP/2) is no loss, and others are served through it', async () => {
    await using app = await Program.start('http2-app.mjs', { env: BUDGET });
    using polite = new Http2Client(app.port, 'h2c');
    await polite.get('/first');
    const storm = Array.from({ length: 2 }, () =>
      again(async () => {
        using client = await FrameClient.connect(app.port);
        for (let count = 0; count < 50; count += 1) client.reset(client.get('/slow?ms=50'));
        await delay(5);
      }),
    );
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    using late = new Http2Client(app.port, 'h2c');
    const answer = await late.get('/polite');
    const report = await outInTime(app);
    await Promise.all(storm.map((one) => one.stop()));

    assert.equal(answer.body, 'app GET /polite');
    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
  });

  test('of WebSocket clients that reset their connection is no loss, and others get their close code', async () => {
    await using app = await Program.start('adapters/web-sockets.mjs', { env: BUDGET });
    using polite = await webSocket(app.port);
    const storm = Array.from({ length: 3 }, () =>
      again(async () => {
        using client = await webSocket(app.port);
        client.socket.resetAndDestroy();
      }),
    );

    app.signal('SIGTERM');
    await polite.until(TOLD_1012);
    polite.socket.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf4]));
    const report = await outInTime(app);
    await Promise.all(storm.map((one) => one.stop()));

    assert.deepEqual([report.exitCode, report.lostCount], [0, 0]);
  });
});

/** Well before the budget of 20 s would have cut them. */
function assertLetGo({ phases }: DrainReport): void {
  assert.ok((phases.releasing ?? Infinity) < 10_000, `it took ${phases.releasing} ms to let go of them`);
}

async function* dripping(client: Http2Client): AsyncGenerator<string> {
  while (!client.session.destroyed) {
    yield 'x';
    await delay(100);
  }
}

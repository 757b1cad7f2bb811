import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startExample } from '../adapters/support/example.ts';
import { get } from '../support/https-get.ts';
import { Program } from '../support/program.ts';
import { ask, isRefused } from '../support/raw-client.ts';
import { Http2Client, type Mode } from './client.ts';
import { FrameClient } from './frame-client.ts';

const MAX_STREAM = 2 ** 31 - 1;
const PROGRAM = 'http2-app.mjs';

void describe('HTTP/2', { concurrency: 8 }, () => {
  for (const way of ['protect', 'auto'] as const) {
    for (const mode of ['h2c', 'tls', 'mixed'] as const) {
      for (const api of ['stream', 'request'] as const) {
        test(`${way}, ${mode}, ${api} events: a stream in flight at SIGTERM is finished, the client is told to leave, and the process exits`, async () => {
          await using app = await start(mode, { way, env: { API: api } });
          using client = new Http2Client(app.port, mode);
          await client.get('/first');
          const slow = client.get('/slow?ms=2800');
          await app.line(/^started/);

          app.signal('SIGTERM');
          const answer = await slow;
          const report = await app.report();

          assert.deepEqual(answer, { status: 200, body: 'slow' });
          await client.closed;
          // Node's client ends its side at the first GOAWAY; the last one names the two streams that were served.
          assert.deepEqual([client.goaways[0], client.goaways.at(-1)], mode === 'h2c' ? [MAX_STREAM, 3] : [3, 3]);
          assert.deepEqual([report.outcome, report.lostCount, report.served], ['drained', 0, { lingering: 0, draining: 1 }]);
          assert.deepEqual([(await app.ended).code, app.complaints.filter((line) => !line.includes('is on'))], [0, []]);
        });
      }
    }

    test(`${way}: a client that ignores GOAWAY is served while lingering; its streams after the last GOAWAY are refused by name`, async () => {
      await using app = await start('h2c', { way });
      using client = await FrameClient.connect(app.port);
      await client.answer(client.get('/before'));

      app.signal('SIGTERM');
      await client.until('the first GOAWAY', () => client.goaways.length > 0);
      const served = [];
      for (const path of ['/a', '/b', '/c']) served.push(await client.answer(client.get(path)));
      const slow = client.get('/slow?ms=2800');
      await client.until('the last GOAWAY', () => client.goaways.length > 1);
      const refused = client.get('/never');
      const late = await client.answer(slow);
      const report = await app.report();

      assert.deepEqual(served, ['app GET /a', 'app GET /b', 'app GET /c']);
      assert.equal(late, 'slow');
      // Every stream above the id that the last GOAWAY names is known not to have been begun.
      assert.deepEqual(client.goaways.slice(0, 2), [MAX_STREAM, slow]);
      assert.ok(refused > slow && !app.output.includes('request /never'), 'the handler ran for a stream that is refused');
      assert.deepEqual([report.requestsAfterStart, report.lostCount, report.served], [4, 0, { lingering: 3, draining: 1 }]);
      assert.equal((await app.ended).code, 0);
    });
  }

  for (const mode of ['h2c', 'tls', 'mixed'] as const) {
    test(`${mode}: connections that are opened after SIGTERM are served`, async () => {
      await using app = await start(mode);

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      using client = new Http2Client(app.port, mode);
      const answer = await client.get('/new?secret=1');
      const report = await app.report();

      assert.deepEqual(answer, { status: 200, body: 'app GET /new?secret=1' });
      await client.closed;
      assert.deepEqual([report.requestsAfterStart, report.served.lingering, report.lostCount], [1, 1, 0]);
    });

    test(`${mode}: readiness turns to 503 and liveness stays 200; health checks of the balancer get 503 on any path and count as no traffic`, async () => {
      await using app = await start(mode);
      using checker = new Http2Client(app.port, mode);
      const statuses = async (): Promise<readonly number[]> => [
        (await probe(app.port, mode, '/readyz')).status,
        (await probe(app.port, mode, '/livez')).status,
        (await probe(app.port, mode, '/any', { 'user-agent': 'ELB-HealthChecker/2.0' })).status,
      ];
      await checker.get('/flag');
      const before = await statuses();

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      const after = await statuses();
      const report = await app.report();

      assert.deepEqual(
        [before, after],
        [
          [200, 200, 200],
          [503, 200, 503],
        ],
      );
      assert.ok(app.output.includes('request /any'), 'the app answers the balancer while it serves');
      assert.deepEqual([report.healthChecksAnswered, report.requestsAfterStart], [3, 0]);
    });
  }

  test('a HEAD request to a health path is answered', async () => {
    await using app = await start('h2c');
    using client = new Http2Client(app.port, 'h2c');

    assert.deepEqual(await client.send('HEAD', '/readyz'), { status: 200, body: '' });
    assert.deepEqual(await client.get('/readyz'), { status: 200, body: '{"status":"ready"}\n' });
  });

  test('streams in flight are counted before the drain, health checks are not', async () => {
    await using app = await start('h2c');
    using client = new Http2Client(app.port, 'h2c');
    void client.get('/slow?ms=600000').catch(() => {});
    await app.line(/^started/);
    await client.get('/readyz');

    assert.equal((await client.get('/flag')).body, '{"inFlight":2,"phase":"serving"}');
  });

  for (const mode of ['h2c', 'tls'] as const) {
    test(`${mode}: a stream that outlives the budget is lost by name, after the stop signal`, async () => {
      await using app = await start(mode);
      using client = new Http2Client(app.port, mode);
      const lost = client.get('/slow?ms=60000&token=secret').catch((error: unknown) => error);
      await app.line(/^started/);

      app.signal('SIGTERM');
      await app.line(/^stop SPOTPROOF_STOP/);
      const report = await app.report();

      assert.ok((await lost) instanceof Error);
      assert.deepEqual(
        report.lost.map(({ kind, name, reason }) => ({ kind, name, reason })),
        [{ kind: 'request', name: 'GET /slow', reason: 'deadline' }],
      );
      assert.equal((await app.ended).code, 1);
      assert.ok(!JSON.stringify(report).includes('secret'));
    });
  }

  test('a stream that its client resets is no loss', async () => {
    await using app = await start('h2c');
    using client = new Http2Client(app.port, 'h2c');
    const stream = client.session.request({ ':path': '/slow?ms=60000' });
    stream.on('error', () => {});
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    stream.close(8);
    const report = await app.report();

    assert.deepEqual([report.outcome, report.abandoned, report.lostCount], ['drained', 1, 0]);
  });

  test('an upload that goes on through the drain arrives whole', async () => {
    await using app = await start('h2c');
    using client = new Http2Client(app.port, 'h2c');
    async function* chunks(): AsyncGenerator<string> {
      yield 'x'.repeat(50_000);
      app.signal('SIGTERM');
      await app.line(/^phase draining/);
      yield 'x'.repeat(50_000);
    }

    const answer = await client.send('POST', '/upload', { body: chunks() });

    assert.deepEqual(answer, { status: 200, body: '100000' });
    assert.deepEqual([(await app.report()).lostCount, (await app.ended).code], [0, 0]);
  });

  test('downloads in flight arrive byte by byte as they were sent, with the GOAWAY frame between theirs', async () => {
    await using app = await start('h2c');
    using client = new Http2Client(app.port, 'h2c');
    const streams = [1, 2, 3].map(() => client.session.request({ ':path': '/big' }));
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const bodies = await Promise.all(streams.map(async (stream) => Buffer.concat((await stream.toArray()) as Buffer[])));

    const sent = Buffer.concat(Array.from({ length: 160 }, (_, index) => Buffer.alloc(50_000, index)));
    assert.ok(bodies.every((body) => body.equals(sent)));
    assert.equal(client.goaways[0], MAX_STREAM);
    assert.deepEqual([(await app.report()).lostCount, (await app.ended).code], [0, 0]);
  });

  test('idle sessions, and connections that never say a word, do not keep the process', async () => {
    await using app = await start('h2c');
    const clients = Array.from({ length: 20 }, () => new Http2Client(app.port, 'h2c'));
    await Promise.all(clients.map(async (client) => await client.get('/once')));

    app.signal('SIGTERM');
    const report = await app.report();
    await Promise.all(clients.map(async (client) => await client.closed));

    assert.equal(report.outcome, 'drained');
    assert.ok(clients.every(({ goaways }) => goaways[0] === MAX_STREAM));
    assert.ok((await app.ended).afterMs < 20_000);
  });

  test('mixed: HTTP/1.1 on the same server is drained as well', async () => {
    await using app = await start('mixed', { env: { API: 'request' } });
    const slow = get(app.port, '/slow?ms=2800');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const fresh = await get(app.port, '/new');
    const report = await app.report();

    assert.deepEqual(fresh, { status: 200, connection: 'close', body: 'app GET /new' });
    assert.equal((await slow).body, 'slow');
    assert.deepEqual([report.outcome, report.served, report.lostCount], ['drained', { lingering: 1, draining: 1 }, 0]);
  });

  test("auto: the app's own close() waits, and then succeeds", async () => {
    await using app = await start('h2c', { way: 'auto', env: { HANDLER: 'usual' } });
    using client = new Http2Client(app.port, 'h2c');
    const slow = client.get('/slow?ms=2500');
    await app.line(/^started/);

    app.signal('SIGTERM');
    const answer = await slow;
    const report = await app.report();

    assert.equal(answer.body, 'slow');
    assert.ok(app.output.indexOf('handler ran') > app.output.findIndex((line) => line.startsWith('phase releasing')), 'the handler was not held');
    assert.ok(app.output.includes('closed without error'));
    assert.deepEqual([report.outcome, (await app.ended).code], ['drained', 0]);
  });

  test('without a linger, both GOAWAY frames are sent all the same, and the second names what came in between', async () => {
    await using app = await start('h2c', { env: { WATCH_REPORT_DEPENDENCIES: '1' } });
    using client = await FrameClient.connect(app.port);
    await client.answer(client.get('/before'));
    // As if it had been on its way when the client read the first GOAWAY.
    client.beforeAnswering('PING', () => client.get('/crossing'));

    app.signal('SIGTERM');
    const report = await app.report();
    await client.closed;

    assert.deepEqual(client.goaways.slice(0, 2), [MAX_STREAM, 3]);
    assert.equal(await client.answer(3), 'app GET /crossing');
    assert.deepEqual([report.leaveReason, report.outcome, report.lostCount], ['cap', 'drained', 0]);
    assert.equal(await isRefused(app.port), true);
  });

  test('a client that opens and resets streams without end neither stops the drain nor costs others their answers', async () => {
    await using app = await start('h2c');
    using storm = await FrameClient.connect(app.port);
    const blow = (): void => {
      for (let count = 0; count < 200; count += 1) storm.reset(storm.get('/slow?ms=60000'));
    };
    blow();

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    blow();
    using client = new Http2Client(app.port, 'h2c');
    const answer = await client.get('/calm');
    const report = await app.report();

    assert.equal(answer.status, 200);
    assert.deepEqual([report.outcome, report.served.lingering, report.lostCount], ['drained', 1, 0]);
  });

  test('bytes that are no HTTP/2 end their connection and nothing else', async () => {
    await using app = await start('h2c');
    await ask(app.port, '/http1').catch(() => {});
    using client = new Http2Client(app.port, 'h2c');
    assert.equal((await client.get('/still')).status, 200);

    app.signal('SIGTERM');

    assert.equal((await app.report()).outcome, 'drained');
  });

  test('the example of the guide loses nothing', async () => {
    await using app = await startExample('http2');
    using client = new Http2Client(app.port, 'h2c');
    await client.get('/early');

    app.signal('SIGTERM');
    await client.closed;
    using late = new Http2Client(app.port, 'h2c');
    const answer = await late.get('/late');

    assert.deepEqual(answer, { status: 200, body: 'you asked for /late\n' });
    assert.deepEqual([(await app.report()).lostCount, (await app.ended).code], [0, 0]);
  });
});

async function start(
  mode: Mode,
  options: { readonly way?: 'protect' | 'auto'; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Program> {
  const isAuto = options.way === 'auto';
  return await Program.start(PROGRAM, { auto: isAuto, env: { MODE: mode, ...(isAuto ? { PROTECT: 'no' } : {}), ...options.env } });
}

/** One request on a connection of its own, as health checkers do. */
async function probe(port: number, mode: Mode, path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number }> {
  using client = new Http2Client(port, mode);
  return await client.get(path, headers);
}

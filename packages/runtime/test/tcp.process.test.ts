import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { Program } from './support/program.ts';
import { RawClient, ask, isRefused } from './support/raw-client.ts';

/** Does not linger. */
const QUICK = { WATCH_REPORT_DEPENDENCIES: '1', SPOTPROOF_STOP_TIMEOUT: '6' };

void describe('a plain TCP server', { concurrency: 6 }, () => {
  for (const [way, options] of [
    ['under protect()', {}],
    ['under auto', { auto: true, env: { PROTECT: 'no' } }],
  ] as const) {
    test(`${way} accepts while it lingers, and waits for what is open`, async () => {
      await using app = await Program.start('tcp.mjs', options);
      using early = await RawClient.connect(app.port);
      early.send('slow 3000\n');
      await app.line(/^got slow 3000/);

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      using late = await RawClient.connect(app.port);
      late.send('quit\n');
      await late.until(/bye/);
      await early.until(/done slow 3000/);
      for (const client of [early, late]) client.socket.end();
      const report = await app.report();

      assert.deepEqual([report.outcome, report.lostCount, (await app.ended).code], ['drained', 0, 0]);
      assert.equal(report.requestsAfterStart, 1);
      assert.equal(await late.closed, 'fin');
    });
  }

  test('a connection that outlives the budget gets a FIN first, and is lost by its address, with what it carried', async () => {
    await using app = await Program.start('tcp.mjs', { env: QUICK });
    using client = await RawClient.connect(app.port);
    client.send('hold\n');
    await client.until(/echo hold/);
    const name = `127.0.0.1:${client.socket.localPort}`;

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name: of, details, reason }) => ({ kind, of, details, reason })),
      [{ kind: 'connection', of: name, details: { bytesRead: 5, bytesWritten: 10 }, reason: 'deadline' }],
    );
    assert.equal(await client.closed, 'fin');
    assert.equal((await app.ended).code, 1);
  });

  test('one that the app has ended is not lost because its client never hangs up', async () => {
    await using app = await Program.start('tcp.mjs', { env: QUICK });
    using client = await RawClient.connect(app.port);
    client.send('quit\n');
    await client.until(/bye/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual([report.lostCount, (await app.ended).code], [0, 0]);
  });

  test('a goodbye is said once to each connection that is open when lingering ends', async () => {
    await using app = await Program.start('tcp.mjs', { env: { ...QUICK, GOODBYE: 'yes' } });
    const clients = await Promise.all([1, 2, 3].map(async () => await RawClient.connect(app.port)));
    for (const client of clients) client.send('hold\n');
    await Promise.all(clients.map(async (client) => await client.until(/echo hold/)));
    for (const client of clients) client.socket.on('end', () => client.socket.end());

    app.signal('SIGTERM');
    await Promise.all(clients.map(async (client) => await client.until(/421 going away/)));
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
    assert.equal(app.output.filter((line) => line.startsWith('goodbye')).length, 3);
  });

  test('a goodbye that throws is a warning, and the connection waits for its end', async () => {
    await using app = await Program.start('tcp.mjs', { env: { ...QUICK, GOODBYE: 'yes', THROWS: 'yes' } });
    using client = await RawClient.connect(app.port);
    client.send('slow 500\n');
    await app.line(/^got slow/);

    app.signal('SIGTERM');
    await client.until(/done slow/);
    client.socket.end();
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
    assert.match(report.warnings.join('\n'), /goodbye\(\) of a TCP server threw: no words/);
  });

  test('over TLS each connection counts once', async () => {
    await using app = await Program.start('tcp.mjs', { env: { ...QUICK, TLS: 'yes' } });
    const client = tls.connect({
      port: app.port,
      host: '127.0.0.1',
      ciphers: 'PSK+HIGH',
      maxVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'test' }),
    });
    client.on('error', () => {});
    client.write('slow 1500\n');
    await app.line(/^got slow/);
    let received = '';
    client.on('data', (data) => (received += String(data)));

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(received, 'done slow 1500\n');
    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
    assert.equal(await isRefused(app.port), true);
  });

  test('one that closes without a byte is a health check, and neither traffic nor lost', async () => {
    await using app = await Program.start('tcp.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '4' } });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    for (let count = 0; count < 5; count += 1) {
      using check = await RawClient.connect(app.port);
      check.socket.end();
      await check.closed;
    }
    const report = await app.report();

    assert.deepEqual([report.requestsAfterStart, report.lostCount], [0, 0]);
  });

  test('connections that it hands on to an HTTP server are requests there, and kept ones hold nothing up', async () => {
    await using app = await Program.start('tcp.mjs', { auto: true, env: { ...QUICK, HANDS_ON: 'yes', PROTECT: 'no' } });
    using kept = await RawClient.connect(app.port);
    kept.request('/');
    await kept.until(/web/);
    assert.match(await ask(app.port, '/'), /web/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
  });

  test('20 of 20 are served when the listener closes right after a stall', async () => {
    await using app = await Program.start('tcp.mjs', { env: QUICK });
    using trigger = await RawClient.connect(app.port);
    trigger.send('stall\n');
    await app.line(/^stalled/);
    const clients = await Promise.all(Array.from({ length: 20 }, async () => await RawClient.connect(app.port)));

    app.signal('SIGTERM');
    for (const client of clients) client.send('quit\n');
    const answers = await Promise.all(clients.map(async (client) => await client.until(/bye/)));

    assert.equal(answers.length, 20);
    for (const client of [trigger, ...clients]) client.socket.end();
    assert.equal((await app.report()).lostCount, 0);
  });

  test('under auto a server on a pipe is left alone', async () => {
    const pipe = path.join(os.tmpdir(), `spotproof-${process.pid}.sock`);
    rmSync(pipe, { force: true });
    await using app = await Program.start('tcp.mjs', { auto: true, silent: true, env: { PROTECT: 'no', ONLY_PIPE: 'yes', PIPE: pipe } });
    await app.line(/^pipe/);

    app.signal('SIGTERM');

    assert.equal((await app.ended).signal, 'SIGTERM');
    assert.deepEqual(app.errors, []);
    rmSync(pipe, { force: true });
  });
});

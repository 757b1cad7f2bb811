import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient, ask, isRefused } from './support/raw-client.ts';
import { waitFor } from './support/wait-for.ts';

void describe('after SIGTERM', { concurrency: 8 }, () => {
  test('a new connection is served, and its answer says Connection: close', async () => {
    await using app = await Program.start('app.mjs');

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const answer = await ask(app.port, '/new', { Connection: 'keep-alive' });

    assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(answer, /Connection: close\r\n/);
    assert.match(answer, /app GET \/new$/);
    const report = await app.report();
    assert.equal(report.outcome, 'drained');
    assert.equal(report.exitCode, 0);
    assert.equal(report.requestsAfterStart, 1);
    assert.deepEqual(report.served, { lingering: 1, draining: 0 });
    assert.equal((await app.ended).code, 0);
  });

  test('with hardly any traffic silence says nothing: the linger lasts to its cap', async () => {
    await using app = await Program.start('app.mjs');
    await ask(app.port, '/once');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual([report.leaveReason, report.exitCode], ['cap', 0]);
  });

  test('a request on a kept connection is served, and closes it', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/first');
    await client.until(/app GET \/first/);
    assert.match(client.received, /Connection: keep-alive/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.request('/second');
    await client.until(/app GET \/second/);

    assert.match(client.received, /Connection: close/);
    assert.equal(await client.closed, 'fin');
  });

  test('an answer in flight at SIGTERM whose head is not written yet closes its connection', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=500');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await client.until(/slow$/);

    assert.match(client.received, /Connection: close/);
    assert.equal((await app.report()).served.lingering, 1);
  });

  test('a kept connection that nobody uses stays open while lingering and is closed with FIN at the end', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/first');
    await client.until(/app GET \/first/);

    app.signal('SIGTERM');
    await app.line(/^phase draining/);
    const ending = await client.closed;

    assert.equal(ending, 'fin');
    const { releasing, draining } = (await app.report()).phases;
    assert.ok((releasing ?? Infinity) - (draining ?? 0) < 1_000, `nothing was in flight, and it waited from ${draining} to ${releasing} ms`);
  });

  test('a request that comes on a kept connection after the listener closed is served while something else is in flight', async () => {
    await using app = await Program.start('app.mjs');
    using kept = await RawClient.connect(app.port);
    kept.request('/first');
    await kept.until(/app GET \/first/);
    using slow = await RawClient.connect(app.port);
    slow.request('/slow?ms=3200');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase draining/);
    await waitFor('the listener is closed', async () => await isRefused(app.port));
    kept.request('/late');
    await kept.until(/app GET \/late/);

    await slow.until(/slow$/);
    const report = await app.report();
    assert.equal(report.outcome, 'drained');
    assert.deepEqual(report.served, { lingering: 0, draining: 2 });
  });

  test('a stream that began before SIGTERM ends completely', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/stream?ms=2800');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await client.until(/end\n\r\n0\r\n\r\n$/);

    const report = await app.report();
    assert.equal(report.outcome, 'drained');
    assert.equal(report.lostCount, 0);
  });
});

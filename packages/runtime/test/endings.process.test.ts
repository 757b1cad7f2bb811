import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';

void describe('the end of a drain', { concurrency: 10 }, () => {
  test('an answer longer than the budget is the one loss: named, told to stop before its connection goes, exit code 1', async () => {
    await using app = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '6' } });
    using long = await RawClient.connect(app.port);
    long.request('/slow?ms=20000&token=secret');
    await app.line(/^started/);
    const stopped = app.line(/^stop SPOTPROOF_STOP/).then(() => performance.now());
    const cut = long.closed.then(() => performance.now());

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name, reason }) => ({ kind, name, reason })),
      [{ kind: 'request', name: 'GET /slow', reason: 'deadline' }],
    );
    assert.ok((report.lost[0]?.ageMs ?? 0) > 5_000, `age ${report.lost[0]?.ageMs}`);
    assert.equal(report.outcome, 'deadline');
    assert.equal(report.exitCode, 1);
    assert.equal((await app.ended).code, 1);
    assert.ok((report.phases.exited ?? Infinity) < 6_000, `it ended ${report.phases.exited} ms after SIGTERM`);
    const headStart = (await cut) - (await stopped);
    assert.ok(headStart > 200, `the stop signal came only ${headStart} ms before the cut`);
    assert.ok(!JSON.stringify(report).includes('secret'), 'the query is in the report');
  });

  test('its connection is cut, not left to the exit', async () => {
    await using app = await Program.start('app.mjs', { env: { OPTIONS: '{"exit":false}', WATCH_REPORT_DEPENDENCIES: '1' } });
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=60000');
    await app.line(/^started/);

    app.signal('SIGTERM');
    const first = await Promise.race([client.closed.then(() => 'cut'), app.ended.then(() => 'exit')]);

    assert.equal(first, 'cut');
  });

  test('half a head that is completed within the grace is served', async () => {
    await using app = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '8' } });
    using half = await RawClient.connect(app.port);
    half.send('GET /half HTTP/1.1\r\nHos');

    app.signal('SIGTERM');
    await app.line(/^phase draining/);
    half.send('t: x\r\n\r\n');
    await half.until(/app GET \/half/);

    assert.equal((await app.report()).served.draining, 1);
  });

  test('a request that the kernel received while the last answer was made is served, not reset', async () => {
    await using app = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '20', WATCH_REPORT_DEPENDENCIES: '1' } });
    using kept = await RawClient.connect(app.port);
    kept.request('/first');
    await kept.until(/app GET \/first/);
    using last = await RawClient.connect(app.port);
    last.request('/end-after-stall?ms=800');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^stalled/);
    kept.request('/meanwhile');
    await kept.until(/app GET \/meanwhile/);

    assert.equal((await app.report()).served.draining, 2);
  });

  test('an upgraded connection that answers the FIN is no loss', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/polite', { Connection: 'Upgrade', Upgrade: 'echo' });
    await client.until(/101 Switching/);
    void client.closed.then(() => client.socket.end());

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.send('still here');
    await client.until(/still here/);
    const report = await app.report();

    assert.equal(report.lostCount, 0);
    assert.equal(report.outcome, 'drained');
    assert.ok((report.phases.aborting ?? 0) > 0, 'it was not waited for until the stop signals');
  });

  test('an upgraded connection that does not end is destroyed in time and named', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/stubborn', { Connection: 'Upgrade', Upgrade: 'echo' });
    await client.until(/101 Switching/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name }) => ({ kind, name })),
      [{ kind: 'upgraded-connection', name: 'GET /stubborn' }],
    );
    assert.equal((await app.ended).code, 1);
  });

  test('a client that leaves before its answer is no loss of ours', async () => {
    await using app = await Program.start('app.mjs');
    const client = await RawClient.connect(app.port);
    client.request('/slow?ms=20000');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.socket.destroy();
    const report = await app.report();

    assert.deepEqual([report.abandoned, report.lostCount, report.exitCode], [1, 0, 0]);
  });
});

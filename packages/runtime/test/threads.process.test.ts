import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient, ask } from './support/raw-client.ts';

const BY_CODE = { PROTECT: 'code', SPOTPROOF_STOP_TIMEOUT: '8' };
const BY_AUTO = { SPOTPROOF_STOP_TIMEOUT: '8' };

void describe('worker threads', { concurrency: 4 }, () => {
  for (const [way, options] of [
    ['under auto', { auto: true, env: BY_AUTO }],
    ['with protect() in the threads and createLifecycle() in the main thread', { env: BY_CODE }],
  ] as const) {
    test(`${way}: servers in threads linger, finish and end, and then the process does`, async () => {
      await using app = await Program.start('threads.mjs', options);
      const ports = await portsOf(app);
      const clients = await Promise.all(ports.map(async (port) => await RawClient.connect(port)));
      for (const [index, client] of clients.entries()) client.request(`/slow/${index}?ms=2500`);
      for (const index of clients.keys()) await app.line(new RegExp(`^started /slow/${index}`));

      app.signal('SIGTERM');
      await app.line(/^thread \d phase lingering/);
      const late = await ask(ports[1] ?? 0, '/late');
      const answers = await Promise.all(clients.map(async (client) => await client.until(/thread \d$/)));
      const report = await app.report();

      assert.match(late, /^HTTP\/1.1 200 [^]*Connection: close/);
      assert.equal(answers.length, 2);
      assert.deepEqual(report.lost, []);
      assert.deepEqual([report.outcome, report.exitCode, report.lostCount, (await app.ended).code], ['drained', 0, 0, 0]);
      const byCode = 'PROTECT' in options.env;
      assert.deepEqual(
        (report.workers ?? []).map(({ name, outcome, exitCode }) => `${name} ${outcome} ${exitCode}`).toSorted(),
        (byCode ? [1, 2, 3] : [1, 2]).map((id) => `thread ${id} drained 0`),
      );
      assert.deepEqual(
        app.output.filter((line) => line.startsWith('hook')).toSorted(),
        byCode ? ['hook helper', 'hook main', 'hook thread 1', 'hook thread 2'] : [],
      );
      for (const client of clients) client[Symbol.dispose]();
    });
  }

  test('a thread without a server stays until nothing needs it any more', async () => {
    await using app = await Program.start('threads.mjs', { env: { ...BY_CODE, MAIN: 'yes', WATCH_REPORT_DEPENDENCIES: '1' } });
    using client = await RawClient.connect(app.port);
    client.request('/work?ms=1500');
    await app.line(/^started \/work/);

    app.signal('SIGTERM');
    await client.until(/worked/);
    const report = await app.report();

    assert.deepEqual(report.lost, []);
    assert.deepEqual([report.outcome, (await app.ended).code, report.workers?.length], ['drained', 0, 3]);
  });

  test('a request in a thread that outlives the budget is lost by name, with its thread', async () => {
    await using app = await Program.start('threads.mjs', {
      auto: true,
      env: { ...BY_AUTO, SPOTPROOF_STOP_TIMEOUT: '5', WATCH_REPORT_DEPENDENCIES: '1' },
    });
    const [port = 0] = await portsOf(app);
    using client = await RawClient.connect(port);
    client.request('/slow?ms=20000');
    await app.line(/^started \/slow/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name, worker }) => [kind, name, /^thread \d$/.test(worker ?? '')]),
      [['request', 'GET /slow', true]],
    );
    assert.equal((await app.ended).code, 1);
  });

  test('a thread that ends in the middle of the drain is a loss', async () => {
    await using app = await Program.start('threads.mjs', { env: BY_CODE });
    const [port = 0] = await portsOf(app);

    app.signal('SIGTERM');
    await app.line(/^thread \d phase lingering/);
    using client = await RawClient.connect(port);
    client.request('/die');
    const report = await app.report();

    assert.equal(report.workers?.find(({ outcome }) => outcome === 'exited')?.lostCount, 1);
    assert.deepEqual(
      report.lost.map(({ kind, name }) => [kind, name]),
      [['request', 'GET /die']],
    );
    assert.equal((await app.ended).code, 1);
  });
});

/** The ports of the threads' servers; with a server in the main thread too, that one's comes first. */
async function portsOf(app: Program): Promise<readonly number[]> {
  const line = await app.line(/^listening/);
  return line.split(' ').slice(1).map(Number);
}

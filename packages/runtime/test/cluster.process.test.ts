import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient, ask } from './support/raw-client.ts';

const BY_CODE = { PROTECT: 'code', SPOTPROOF_STOP_TIMEOUT: '8' };
const BY_AUTO = { SPOTPROOF_STOP_TIMEOUT: '8' };

void describe('cluster', { concurrency: 3 }, () => {
  for (const [way, options] of [
    ['under auto', { auto: true, env: BY_AUTO }],
    ['with protect() in the workers and createLifecycle() in the primary', { env: BY_CODE }],
    ['with workers that share the socket', { auto: true, env: { ...BY_AUTO, SCHEDULING: 'none' } }],
  ] as const) {
    test(`${way}: SIGTERM to the primary alone lets three workers finish, serve on while it lingers, and end`, async () => {
      await using app = await Program.start('cluster.mjs', options);
      const clients = await openOnEachWorker(app, 3);

      app.signal('SIGTERM');
      await Promise.all([1, 2, 3].map(async (id) => await app.line(new RegExp(`^worker ${id} phase lingering`))));
      const late = await ask(app.port, '/late');
      const health = await ask(app.port, '/readyz');
      const answers = await Promise.all(clients.map(async (client) => await client.until(/worker \d$/)));
      const report = await app.report();

      assert.match(late, /^HTTP\/1.1 200 [^]*Connection: close/);
      if ('PROTECT' in options.env) assert.match(health, /^HTTP\/1.1 503/);
      assert.equal(answers.length, 3);
      assert.deepEqual([report.outcome, report.exitCode, report.lostCount, (await app.ended).code], ['drained', 0, 0, 0]);
      assert.equal(report.served.lingering + report.served.draining, 'PROTECT' in options.env ? 4 : 5, JSON.stringify(report));
      assert.deepEqual(
        (report.workers ?? []).map(({ name, outcome }) => `${name} ${outcome}`).toSorted(),
        [1, 2, 3].map((id) => `worker ${id} drained`),
      );
      assert.deepEqual(
        app.output.filter((line) => line.startsWith('exit') && !line.endsWith('0 null')),
        [],
      );
      if ('PROTECT' in options.env) {
        assert.equal(
          app.output.findLast((line) => line.startsWith('hook')),
          'hook primary',
        );
        assert.equal(app.output.filter((line) => line.startsWith('hook worker')).length, 3);
      }
      for (const client of clients) client[Symbol.dispose]();
    });
  }

  test('a worker whose answer outlives the budget loses it by name, and everybody else finishes', async () => {
    await using app = await Program.start('cluster.mjs', {
      auto: true,
      env: { ...BY_AUTO, SPOTPROOF_STOP_TIMEOUT: '6', WATCH_REPORT_DEPENDENCIES: '1' },
    });
    const [one, two] = await openOnEachWorker(app, 2);
    using slow = await RawClient.connect(app.port);
    slow.request('/endless?ms=60000');
    await app.line(/^started \/endless/);

    app.signal('SIGTERM');
    await Promise.all([one?.until(/worker \d$/), two?.until(/worker \d$/)]);
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name, reason, worker }) => [kind, name, reason, /^worker [123]$/.test(worker ?? '')]),
      [['request', 'GET /endless', 'deadline', true]],
    );
    assert.deepEqual([report.lostCount, report.exitCode, (await app.ended).code], [1, 1, 1]);
    assert.deepEqual((report.workers ?? []).map(({ outcome }) => outcome).toSorted(), ['deadline', 'drained', 'drained']);
    for (const client of [one, two]) client?.[Symbol.dispose]();
  });

  test('a worker that dies during the drain is a loss, and the worker that the app starts in its place never runs', async () => {
    await using app = await Program.start('cluster.mjs', { auto: true, env: { ...BY_AUTO, REFORK: 'yes' } });

    app.signal('SIGTERM');
    await app.line(/^worker 3 phase lingering/);
    using client = await RawClient.connect(app.port);
    client.request('/die');
    await app.line(/^forked 4/);
    const answer = await ask(app.port, '/after');
    const report = await app.report();

    assert.match(answer, /200 OK/);
    assert.deepEqual(
      report.lost.map(({ kind, name, reason }) => [kind, /^worker [123]$/.test(name), reason]),
      [['worker', true, 'exited']],
    );
    assert.equal((await app.ended).code, 1);
    assert.equal(report.workers?.length, 2);
    assert.deepEqual(
      app.output.filter((line) => /^worker ([4-9]|\d\d) /.test(line)),
      [],
    );
  });

  test('connections that wait in the accept queue of a stalled primary are served when the service closes right after', async () => {
    await using app = await Program.start('cluster.mjs', { auto: true, env: { ...BY_AUTO, WATCH_REPORT_DEPENDENCIES: '1' } });
    using trigger = await RawClient.connect(app.port);
    trigger.request('/stall');
    await app.line(/^stalled/);

    const clients = await Promise.all(Array.from({ length: 30 }, async () => await RawClient.connect(app.port)));
    for (const [index, client] of clients.entries()) client.request(`/queued/${index}`);
    app.signal('SIGTERM');
    const answers = await Promise.allSettled(clients.map(async (client) => await client.until(/worker \d$/, 10_000)));

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 30);
    assert.equal((await app.report()).lostCount, 0);
    for (const client of clients) client[Symbol.dispose]();
  });

  test('a signal to the whole group is one drain with one report', async () => {
    await using app = await Program.start('cluster.mjs', { auto: true, detached: true, env: BY_AUTO });
    const [client] = await openOnEachWorker(app, 1);

    app.signalGroup('SIGTERM');
    await client?.until(/worker \d$/);
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount, report.workers?.length], ['drained', 0, 3]);
    assert.equal((await app.ended).code, 0);
    client?.[Symbol.dispose]();
  });

  test('SIGTERM to one worker drains that one, and the others serve on', async () => {
    await using app = await Program.start('cluster.mjs', { auto: true, env: { ...BY_AUTO, SPOTPROOF_STOP_TIMEOUT: '3' } });
    const pid = Number(/worker (\d+)$/.exec(await ask(app.port, '/pid'))?.[1]);

    process.kill(pid, 'SIGTERM');
    await app.line(/^exit \d 0/);
    const answers = await Promise.all(['/1', '/2', '/3'].map(async (path) => await ask(app.port, path)));

    assert.equal(answers.filter((answer) => answer.includes('200 OK')).length, 3);
    assert.equal(app.output.filter((line) => line.startsWith('phase')).length, 0);
    app.signal('SIGTERM');
    assert.equal((await app.ended).code, 0);
  });

  test('neither side of the app sees a message of ours', async () => {
    await using app = await Program.start('cluster.mjs', { auto: true, env: { ...BY_AUTO, SPOTPROOF_STOP_TIMEOUT: '3' } });

    app.signal('SIGTERM');
    await app.report();

    assert.deepEqual(
      app.output.filter((line) => line.includes('message')),
      [],
    );
    assert.equal(app.complaints.length, 1);
    assert.match(app.complaints[0] ?? '', /draining on SIGTERM is on, cluster workers, stop timeout 3 s/);
  });

  test('workers without Spotproof are told so, and end as Node ends them', async () => {
    await using app = await Program.start('cluster.mjs', { env: { ...BY_CODE, SPOTPROOF_STOP_TIMEOUT: '8', UNPROTECTED_WORKERS: 'yes' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.match(report.warnings.join('\n'), /worker 1 did not answer: it is not protected/);
    assert.equal((await app.ended).code, 0, JSON.stringify(report));
  });
});

/** Sends one slow request to each worker. */
async function openOnEachWorker(app: Program, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = await RawClient.connect(app.port);
    clients.push(client);
    client.request(`/slow/${index}?ms=1500`);
    await app.line(new RegExp(`^started /slow/${index}`));
  }
  return clients;
}

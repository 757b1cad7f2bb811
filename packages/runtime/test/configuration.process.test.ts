import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { ask } from './support/raw-client.ts';

const BAD_OPTIONS: readonly (readonly [string, RegExp])[] = [
  ['{"stopTimeoutSeconds":0}', /stopTimeoutSeconds must be a number of seconds from 1 to 3600, got 0/],
  ['{"stopTimeoutSeconds":"30"}', /got "30"/],
  ['{"balancerIdleTimeoutSeconds":4001}', /balancerIdleTimeoutSeconds must be a number of seconds from 1 to 4000/],
  ['{"exit":1}', /exit must be true or false, got 1/],
  ['{"logger":{}}', /logger must be an object with the methods/],
  ['{"readinessPath":"readyz"}', /readinessPath must be a path that starts with/],
];

void describe('configuration', { concurrency: 8 }, () => {
  for (const [options, expected] of BAD_OPTIONS) {
    test(`${options} is refused by protect(), with what was expected and what came`, async () => {
      await using app = await Program.start('app.mjs', { silent: true, env: { OPTIONS: options } });

      assert.equal((await app.ended).code, 1);
      assert.match(app.errors.join('\n'), /SPOTPROOF_CONFIG_INVALID/);
      assert.match(app.errors.join('\n'), expected);
    });
  }

  for (const [variable, value] of [
    ['SPOTPROOF_STOP_TIMEOUT', 'two minutes'],
    ['SPOTPROOF_STOP_TIMEOUT', '-5'],
    ['SPOTPROOF_REPORT', 'yes'],
    ['SPOTPROOF_REPORT', '/no/such/folder/report.json'],
  ] as const) {
    test(`${variable}=${value} is refused by protect() at once`, async () => {
      await using app = await Program.start('app.mjs', { silent: true, env: { [variable]: value } });

      assert.equal((await app.ended).code, 1);
      assert.match(app.errors.join('\n'), new RegExp(`SPOTPROOF_CONFIG_INVALID`));
      assert.match(app.errors.join('\n'), new RegExp(variable));
    });

    test(`${variable}=${value} gives one line under auto, which goes on with the default`, async () => {
      await using app = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no', [variable]: value } });
      const answer = await ask(app.port, '/');

      assert.match(answer, /200 OK/);
      assert.equal(app.complaints.filter((line) => line.includes(variable) && !line.includes('is on')).length, 1);
    });
  }

  test('something that is no server is refused', async () => {
    await using app = await Program.start('not-a-server.mjs', { silent: true });

    assert.equal((await app.ended).code, 0);
    assert.deepEqual(app.output, [
      'protect() expects a server of node:http, node:https, node:http2, node:net or node:tls, got a Socket. Pass what createServer() returned.',
      'protect() expects a server of node:http, node:https, node:http2, node:net or node:tls, got undefined. Pass what createServer() returned.',
      'protect() expects a server of node:http, node:https, node:http2, node:net or node:tls, got a Object. Pass what createServer() returned.',
    ]);
  });

  test('two servers share one life, and options that disagree are refused', async () => {
    await using app = await Program.start('two-servers.mjs', { env: { WATCH_REPORT_DEPENDENCIES: '1' } });
    assert.match(await app.line(/^refused/), /SPOTPROOF_MISUSE stopTimeoutSeconds was given twice/);
    const [, second] = (await app.line(/^second/)).split(' ');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.budgetMs, 9_000);
    assert.equal(report.outcome, 'drained');
    assert.notEqual(Number(second), app.port);
  });

  test('the option wins over the environment, and without both the budget is 30 s', async () => {
    const quick = { WATCH_REPORT_DEPENDENCIES: '1' };
    await using told = await Program.start('app.mjs', { env: { ...quick, OPTIONS: '{"stopTimeoutSeconds":7}' } });
    await using untold = await Program.start('app.mjs', { env: { ...quick, SPOTPROOF_STOP_TIMEOUT: '' } });

    told.signal('SIGTERM');
    untold.signal('SIGTERM');

    assert.equal((await told.report()).budgetMs, 7_000);
    assert.equal((await untold.report()).budgetMs, 30_000);
  });

  test('without SPOTPROOF_REPORT nothing is printed', async () => {
    await using app = await Program.start('app.mjs', { env: { SPOTPROOF_REPORT: '', WATCH_REPORT_DEPENDENCIES: '1' } });

    app.signal('SIGTERM');

    assert.equal((await app.ended).code, 0);
    assert.deepEqual(app.errors, []);
  });

  test('SPOTPROOF_REPORT=<path> adds exactly one line to that file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'spotproof-report-'));
    const file = path.join(folder, 'report.ndjson');
    try {
      await using app = await Program.start('app.mjs', { env: { SPOTPROOF_REPORT: file, WATCH_REPORT_DEPENDENCIES: '1' } });

      app.signal('SIGTERM');
      await app.ended;

      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /^\{"schema":"spotproof.drain\/1"/);
      assert.deepEqual(app.errors, []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

void describe('keepAliveTimeout', { concurrency: 8 }, () => {
  test('is raised above the balancer idle timeout when it is the default of Node', async () => {
    await using app = await Program.start('app.mjs');
    await using longer = await Program.start('app.mjs', { env: { OPTIONS: '{"balancerIdleTimeoutSeconds":120}' } });
    await using auto = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no' } });

    assert.match(await ask(app.port, '/flag'), /"keepAliveTimeout":65000/);
    assert.match(await ask(longer.port, '/flag'), /"keepAliveTimeout":125000/);
    assert.match(await ask(auto.port, '/flag'), /"keepAliveTimeout":65000/);
  });

  test('that the user set too low is left alone, with one sentence that names the numbers and the fix', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no', KEEP_ALIVE_MS: '30000' } });
    await using quiet = await Program.start('app.mjs', { env: { KEEP_ALIVE_MS: '30000', WATCH_REPORT_DEPENDENCIES: '1' } });

    assert.match(await ask(app.port, '/flag'), /"keepAliveTimeout":30000/);
    assert.match(await app.errorLine(/keepAliveTimeout is 30000 ms/), /60000 ms.*Set server.keepAliveTimeout = 65000/);
    quiet.signal('SIGTERM');
    assert.match((await quiet.report()).warnings.join('\n'), /keepAliveTimeout is 30000 ms/);
    assert.deepEqual(quiet.complaints, []);
  });

  test('that the user set high enough, or to never, is fine', async () => {
    await using high = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no', KEEP_ALIVE_MS: '61000' } });
    await using never = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no', KEEP_ALIVE_MS: '0' } });

    assert.match(await ask(high.port, '/flag'), /"keepAliveTimeout":61000/);
    assert.match(await ask(never.port, '/flag'), /"keepAliveTimeout":0/);
    assert.deepEqual([high.complaints.length, never.complaints.length], [1, 1]);
  });
});

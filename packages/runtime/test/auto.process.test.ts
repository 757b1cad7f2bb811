import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient, ask } from './support/raw-client.ts';

const APP = { PROTECT: 'no' };
/** Does not linger. */
const QUICK = { ...APP, WATCH_REPORT_DEPENDENCIES: '1' };

void describe('auto', { concurrency: 8 }, () => {
  test('keeps the usual handler from closing the server until the drain is done, and then lets it exit', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...APP, HANDLER: 'usual' } });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const answer = await ask(app.port, '/new');
    const report = await app.report();

    assert.match(answer, /^HTTP\/1.1 200 [^]*Connection: close/);
    assert.ok(app.output.indexOf('handler ran') > app.output.findIndex((line) => line.startsWith('phase draining')), 'the handler ran early');
    assert.deepEqual([report.outcome, report.served.lingering, (await app.ended).code], ['drained', 1, 0]);
    assert.equal(report.held.length, 1);
    assert.deepEqual([report.held[0]?.what, report.held[0]?.detail], ['SIGTERM listener', 'usual']);
    assert.match(report.held[0]?.at ?? '', /app\.mjs:\d+:\d+$/);
  });

  test('a handler that treats an error of close() as a failure sees none', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'careful' } });

    app.signal('SIGTERM');

    assert.equal(await app.line(/^closed/), 'closed without error');
    assert.equal((await app.ended).code, 0);
  });

  test("a listener that hides itself is the runner's, which waits for it: it runs at once, and is none of the app's", async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'usual', HIDDEN: 'yes' } });
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=500');
    await app.line(/^started/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      app.output.filter((line) => /listener|handler|phase (?:draining|releasing)/.test(line)).map((line) => line.replace(/ \d+$/, '')),
      ['phase draining', 'hidden listener SIGTERM', 'phase releasing', 'handler ran'],
    );
    assert.deepEqual(
      report.held.map(({ detail }) => detail),
      ['usual'],
    );
  });

  test('a handler that waits for the close event gets it once, after its own close()', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'event' } });
    using client = await RawClient.connect(app.port);
    client.request('/stream?ms=500');
    await app.line(/^started/);

    app.signal('SIGTERM');

    assert.equal((await app.ended).code, 0);
    assert.deepEqual(
      app.output.filter((line) => !/^(phase|listening|started)/.test(line)),
      ['handler ran', 'close event'],
    );
  });

  test('a handler that leaves the end to the empty loop ends when it is empty', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, SPOTPROOF_STOP_TIMEOUT: '30', HANDLER: 'empty' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal((await app.ended).code, 0);
    assert.ok((await app.ended).afterMs < 10_000, 'it waited for the deadline');
    assert.equal(report.outcome, 'drained');
  });

  test('a handler that never ends is ended at the release deadline', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'hangs' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.outcome, 'drained');
    assert.equal((await app.ended).code, 0);
    assert.ok((await app.ended).afterMs < 20_000, 'it was not ended');
  });

  test('the exit code that the app asks for is kept, and once-listeners run once', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'code', ONCE: 'yes' } });

    app.signal('SIGTERM');

    assert.equal((await app.report()).exitCode, 7);
    assert.equal((await app.ended).code, 7);
  });

  test('without a handler of its own the app is drained and ended', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: QUICK });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual([report.outcome, report.held.length, (await app.ended).code], ['drained', 0, 0]);
  });

  test('process.exit during the drain is held and named with its caller', async () => {
    await using app = await Program.start('exits-early.mjs', { auto: true });

    app.signal('SIGTERM');
    await app.line(/^after exit/);
    const answer = await ask(app.port, '/');
    const report = await app.report();

    assert.match(answer, /200 OK/);
    const exit = report.held.find(({ what }) => what === 'process.exit');
    assert.equal(exit?.detail, '4');
    assert.match(exit?.at ?? '', /exits-early\.mjs:\d+:\d+$/);
    assert.equal((await app.ended).code, 0);
  });

  test('process.exit outside of a drain exits with its code', async () => {
    await using app = await Program.start('exits-early.mjs', { auto: true, env: { EXIT_NOW: 'yes' } });

    assert.equal((await app.ended).code, 5);
    assert.equal(app.complaints.length, 0);
  });

  test('close() of the server during the drain waits for the drain', async () => {
    await using app = await Program.start('closes-early.mjs', { auto: true });

    app.signal('SIGTERM');
    await app.line(/^close called/);
    const answer = await ask(app.port, '/');
    const report = await app.report();

    assert.match(answer, /200 OK/);
    assert.ok(app.output.includes('close callback undefined'));
    assert.match(report.held.find(({ what }) => what === 'server.close')?.at ?? '', /closes-early\.mjs/);
  });

  test('removeAllListeners does not give the signal back to the kernel', async () => {
    await using app = await Program.start('removes-listeners.mjs', { auto: true, env: { WATCH_REPORT_DEPENDENCIES: '1' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.outcome, 'drained');
    assert.equal((await app.ended).code, 0);
  });

  test('removeAllListeners of every event does not either', async () => {
    await using app = await Program.start('removes-listeners.mjs', { auto: true, env: { WATCH_REPORT_DEPENDENCIES: '1', EVERYTHING: 'yes' } });

    app.signal('SIGTERM');

    assert.equal((await app.report()).outcome, 'drained');
  });

  test('a listener of an earlier preload is held too', async () => {
    await using app = await Program.start('app.mjs', {
      nodeArguments: ['--import', './test/programs/earlier-preload.mjs', '--import', '@spotproof/runtime/auto'],
      env: APP,
    });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const answer = await ask(app.port, '/new');
    const report = await app.report();

    assert.match(answer, /200 OK/);
    assert.deepEqual(
      report.held.map(({ what, detail }) => [what, detail]),
      [['SIGTERM listener', 'earlier']],
    );
    assert.equal((await app.ended).code, 9);
  });

  test('a handler that throws fails as it would alone, and the report is written', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'throws' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal((await app.ended).code, 1);
    assert.match(app.errors.join('\n'), /handler failed/);
    assert.equal(report.exitCode, 1);
  });

  test('announces itself in one line', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: APP });
    await ask(app.port, '/');

    assert.equal(app.complaints.length, 1);
    assert.match(app.complaints[0] ?? '', new RegExp(`^spotproof: .*port ${app.port}, stop timeout 4 s \\(SPOTPROOF_STOP_TIMEOUT\\)`));
  });

  test('SPOTPROOF=off leaves the app alone', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...APP, SPOTPROOF: 'off' } });

    app.signal('SIGTERM');

    assert.equal((await app.ended).signal, 'SIGTERM');
    assert.deepEqual(app.errors, []);
  });

  test('SPOTPROOF_HOLD=off drains, and lets the app do at once what it does', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...APP, SPOTPROOF_HOLD: 'off', HANDLER: 'usual' } });

    app.signal('SIGTERM');
    await app.line(/^handler ran/);
    const report = await app.report();

    assert.deepEqual(report.held, []);
    assert.equal(report.outcome, 'exited');
    assert.match(report.warnings.join('\n'), /1 other SIGTERM listener/);
  });

  test('a program that opens no server is not touched: no output, and its signals are its own', async () => {
    await using app = await Program.start('no-server.mjs', { auto: true, silent: true });
    assert.equal(await app.line(/^listeners/), 'listeners 0 0 true');

    app.signal('SIGTERM');

    assert.equal((await app.ended).signal, 'SIGTERM');
    assert.deepEqual(app.errors, []);
  });

  test('an app that calls protect() too has one life, its hooks and its own paths', async () => {
    await using app = await Program.start('hooks.mjs', { auto: true, env: { WATCH_REPORT_DEPENDENCIES: '1', MODE: 'order' } });
    const ready = await ask(app.port, '/readyz');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.match(ready, /"ready"/);
    assert.deepEqual(
      app.output.filter((line) => line.startsWith('hook')),
      ['hook third', 'hook second', 'hook first', 'hook logs'],
    );
    assert.equal(report.exitCode, 0);
  });

  test('a request in flight when its handler-held app drains is named when lost', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { ...QUICK, HANDLER: 'usual' } });
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=20000');
    await app.line(/^started/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ name }) => name),
      ['GET /slow'],
    );
    assert.equal((await app.ended).code, 1);
  });
});

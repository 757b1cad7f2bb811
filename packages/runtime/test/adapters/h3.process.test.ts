import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from '../support/program.ts';
import { ask, isRefused } from '../support/raw-client.ts';
import { endLinger } from './support/end-linger.ts';

void describe('an h3 app that leaves the shutdown of srvx on', { concurrency: 2 }, () => {
  test('loses nothing under auto, which holds the listener of srvx and names it', async () => {
    await using app = await Program.start('adapters/h3.mjs', { auto: true, env: { PROTECT: 'no', SHUTDOWN: 'on' } });
    const slow = ask(app.port, '/slow');
    await ask(app.port, '/new');

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const fresh = await ask(app.port, '/new');
    const late = await slow;

    assert.match(fresh, /^HTTP\/1.1 200 .*\r\n[^]*new$/);
    assert.match(late, /^HTTP\/1.1 200 .*\r\n[^]*slow$/);
    const report = await app.report();
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
    assert.match(report.held.find(({ what }) => what === 'SIGTERM listener')?.at ?? '', /srvx/);
  });

  test('is closed to new connections by it under protect(), and the report says so', async () => {
    await using app = await Program.start('adapters/h3.mjs', { env: { SHUTDOWN: 'on' } });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);

    assert.equal(await isRefused(app.port), true);
    assert.deepEqual((await app.report()).warnings, [
      '1 other SIGTERM listener(s) ran at the start of the drain. One that closes the server or ends the process loses requests: turn it into a hook.',
    ]);
  });
});

test('work that an h3 handler left to waitUntil() is over before the database closes', async () => {
  await using app = await Program.start('adapters/h3.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });

  await endLinger(app, async () => {
    assert.match(await ask(app.port, '/background'), /started$/);
  });
  const report = await app.report();

  assert.deepEqual([report.outcome, report.lostCount, report.warnings], ['drained', 0, []]);
  assert.deepEqual(
    app.output.filter((line) => line.endsWith('done') || line.endsWith('closed')),
    ['background done', 'database closed'],
  );
});

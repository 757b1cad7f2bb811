import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';
import { waitFor } from './support/wait-for.ts';

const LONG = { SPOTPROOF_STOP_TIMEOUT: '30' };

void describe('signals', { concurrency: 8 }, () => {
  test('a second SIGINT ends everything at once, and names what it cut', async () => {
    await using app = await Program.start('app.mjs', { env: LONG });
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=20000');
    await app.line(/^started/);

    app.signal('SIGINT');
    await app.line(/^phase lingering/);
    await afterRepeats();
    app.signal('SIGINT');
    const report = await app.report();

    assert.equal(report.cause, 'SIGINT');
    assert.equal(report.outcome, 'escalated');
    assert.deepEqual(
      report.lost.map(({ name, reason }) => [name, reason]),
      [['GET /slow', 'escalated']],
    );
    assert.equal((await app.ended).code, 1);
    assert.ok(app.output.includes('stop SPOTPROOF_STOP'), 'the stop signal did not fire');
  });

  test('SIGINT after SIGTERM only hastens, and SIGTERM stays the cause', async () => {
    await using app = await Program.start('app.mjs', { env: LONG });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    await afterRepeats();
    app.signal('SIGINT');
    const report = await app.report();

    assert.deepEqual([report.cause, report.leaveReason, report.outcome], ['SIGTERM', 'hastened', 'drained']);
  });

  test('in a watch mode there is no linger', async () => {
    await using app = await Program.start('app.mjs', { env: { ...LONG, WATCH_REPORT_DEPENDENCIES: '1' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.ok((report.phases.draining ?? Infinity) < 1_500, `lingered for ${report.phases.draining} ms`);
  });

  test('with signals: false a signal has its usual effect', async () => {
    await using app = await Program.start('app.mjs', { env: { OPTIONS: '{"signals":false}' } });

    app.signal('SIGTERM');

    assert.equal((await app.ended).signal, 'SIGTERM');
  });

  test('with exit: false the process goes on after the drain, and the next signal is its own', async () => {
    await using app = await Program.start('stays.mjs', { env: { WATCH_REPORT_DEPENDENCIES: '1' } });

    app.signal('SIGTERM');
    await app.line(/^drained with 0/);
    await afterRepeats();
    app.signal('SIGTERM');

    assert.equal((await app.ended).signal, 'SIGTERM');
    assert.ok(app.output.includes('still here'));
  });

  test('drain() in code is safe to call twice, and destroy() gets through', async () => {
    await using app = await Program.start('by-hand.mjs');

    const [, same] = (await app.line(/^same promise/)).split(': ');
    const report = await app.report();

    assert.equal(same, 'true');
    assert.deepEqual([report.cause, report.outcome], ['manual', 'escalated']);
  });

  test('listeners of others are named as a danger when nothing holds them', async () => {
    await using app = await Program.start('app.mjs', { env: { HANDLER: 'hangs', WATCH_REPORT_DEPENDENCIES: '1' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.match(report.warnings.join('\n'), /1 other SIGTERM listener/);
  });
});

/** Past the time in which the same signal counts as repeated. */
async function afterRepeats(): Promise<void> {
  const since = performance.now();
  await waitFor('300 ms have passed', () => performance.now() - since > 300);
}

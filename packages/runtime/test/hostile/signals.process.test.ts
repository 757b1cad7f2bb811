import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Program, type ProgramOptions } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { outInTime } from './support/out-in-time.ts';

const LONG = { SPOTPROOF_STOP_TIMEOUT: '30' };
const BUDGET = { SPOTPROOF_STOP_TIMEOUT: '6' };

void describe('SIGTERM during boot', { concurrency: 8 }, () => {
  test('before any server listens there is nothing to linger for', async () => {
    await using app = await Program.start('not-listening.mjs', { env: LONG, silent: true });
    await app.line(/^ready/);

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.equal(report.leaveReason, 'hastened');
    assert.equal(report.exitCode, 0);
  });

  for (const step of ['before listen', 'blocked'] as const) {
    test(`${step}: the process leaves by itself, with a report`, async () => {
      await using app = await Program.start('boots-slowly.mjs', { env: { ...BUDGET, STEP: step }, silent: true });
      await app.line(/^booting/);

      app.signal('SIGTERM');
      const report = await outInTime(app);

      assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    });
  }
});

void describe('SIGTERM twice', { concurrency: 8 }, () => {
  test('a second one ends the linger and not the answers in flight', async () => {
    await using app = await Program.start('app.mjs', { env: LONG });
    using client = await RawClient.connect(app.port);
    client.request('/slow?ms=2500');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const since = performance.now();
    await waitFor('the time is over in which the same signal counts once', () => performance.now() - since > 300);
    app.signal('SIGTERM');
    await client.until(/slow$/);
    const report = await outInTime(app);

    assert.equal(report.leaveReason, 'hastened');
    assert.deepEqual([report.outcome, report.exitCode], ['drained', 0]);
  });

  test('within an instant is one signal', async () => {
    await using app = await Program.start('app.mjs');

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.equal(report.leaveReason, 'cap');
  });

  for (const auto of [false, true]) {
    test(`again and again until the end cuts no answer${auto ? ', under auto too' : ''}`, async () => {
      await using app = await Program.start('app.mjs', { env: { ...LONG, ...(auto && { PROTECT: 'no' }) }, auto });
      using client = await RawClient.connect(app.port);
      client.request('/slow?ms=2000');
      await app.line(/^started/);
      const isOver = app.ended.then(() => true);

      do app.signal('SIGTERM');
      while (!(await Promise.race([isOver, delay(1, false)])));
      const report = await outInTime(app);

      assert.match(client.received, /slow$/);
      assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    });
  }
});

void describe('an exception that nobody caught', { concurrency: 8 }, () => {
  for (const way of ['protect', 'auto'] as const) {
    for (const mode of ['signals itself', 'emits the signal', 'is busy when the signal comes'] as const) {
      test(`${way}, uncaughtException ${mode}: SIGTERM drains as ever`, async () => {
        await using app = await crashing(mode, way);
        using slow = await RawClient.connect(app.port);
        slow.request('/slow?ms=1500');
        await app.line(/^started/);
        using crash = await RawClient.connect(app.port);
        crash.request('/crash');
        await app.line(/^uncaught/);
        if (mode === 'is busy when the signal comes') app.signal('SIGTERM');
        await slow.until(/slow$/);
        const report = await outInTime(app);

        assert.deepEqual([report.cause, report.outcome, report.exitCode, report.lostCount], ['SIGTERM', 'drained', 0, 0]);
      });
    }

    for (const [mode, exitCode] of [
      ['nobody catches', 1],
      ['nobody handles the rejection', 1],
    ] as const) {
      test(`${way}, in the drain, ${mode}: the process ends with Node's own code, and the report is written first`, async () => {
        await using app = await crashing(mode, way);
        using slow = await RawClient.connect(app.port);
        slow.request('/slow?ms=60000');
        await app.line(/^started/);

        app.signal('SIGTERM');
        const report = await outInTime(app);

        assert.deepEqual([report.outcome, report.exitCode], ['exited', exitCode]);
        assert.deepEqual(
          report.lost.map(({ name, reason }) => [name, reason]),
          [['GET /slow', 'exited']],
        );
      });
    }
  }

  test('protect, in the drain, uncaughtException calls process.exit: the report is written first, with the code that was asked for', async () => {
    await using app = await crashing('exits in the drain', 'protect');

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.deepEqual([report.outcome, report.exitCode], ['exited', 9]);
  });

  test('auto, in the drain, uncaughtException calls process.exit: the call is held, and the drain goes on to its end', async () => {
    await using app = await crashing('exits in the drain', 'auto');
    using slow = await RawClient.connect(app.port);
    slow.request('/slow?ms=3500');
    await app.line(/^started/);

    app.signal('SIGTERM');
    await slow.until(/slow$/);
    const report = await outInTime(app);

    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assert.deepEqual(
      report.held.map(({ what, detail }) => [what, detail]),
      [['process.exit', '9']],
    );
  });
});

async function crashing(mode: string, way: 'protect' | 'auto'): Promise<Program> {
  const options: ProgramOptions = { env: { ...BUDGET, MODE: mode, ...(way === 'auto' && { PROTECT: 'no' }) }, auto: way === 'auto' };
  return await Program.start('crashes.mjs', options);
}

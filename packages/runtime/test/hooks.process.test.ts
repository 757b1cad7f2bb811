import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { ask } from './support/raw-client.ts';

// A watch mode does not linger, so these are quick.
const QUICK = { WATCH_REPORT_DEPENDENCIES: '1' };

void describe('hooks', { concurrency: 8 }, () => {
  test('run after the last answer in reverse order of registration, those that flush at the very end', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'order' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      app.output.filter((line) => line.startsWith('hook')),
      ['hook third', 'hook second', 'hook first', 'hook logs'],
    );
    assert.ok(report.hooks.every(({ outcome }) => outcome === 'done'));
    assert.equal(report.exitCode, 0);
    assert.ok(app.output.includes('report drained'), 'the process was gone before its report promise was heard');
  });

  test('that throw, reject, hang or use up their share are reported, and stop no other', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'bad' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(Object.fromEntries(report.hooks.map(({ name, outcome, error }) => [name, error ?? outcome])), {
      'hangs for ever': 'timed-out',
      hangs: 'timed-out',
      rejects: 'refused',
      throws: 'no connection',
      last: 'done',
    });
    assert.ok(app.output.includes('aborted SPOTPROOF_HOOK_TIMEOUT'));
    assert.equal(report.exitCode, 0);
    assert.ok((await app.ended).afterMs < 20_000);
  });

  test('that call process.exit end the process, and the report says so and is still written', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'exits' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal((await app.ended).code, 3);
    assert.equal(report.outcome, 'exited');
    assert.equal(report.exitCode, 3);
    assert.match(report.warnings.join('\n'), /ended while releasing, by .*hooks\.mjs:\d+:\d+/);
    assert.equal(report.hooks.find(({ name }) => name === 'never reached')?.outcome, 'skipped');
  });

  test('are told how long they have', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'context' } });

    app.signal('SIGTERM');

    assert.equal(await app.line(/^context/), 'context true true false');
  });

  test('that were taken away do not run', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'removed' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(report.hooks, []);
    assert.ok(!app.output.includes('hook removed'));
  });
});

void describe('tracked work', { concurrency: 8 }, () => {
  test('is waited for', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, DISPOSE_AFTER: '1500' } });
    await ask(app.port, '/work');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.lostCount, 0);
    assert.ok((report.phases.releasing ?? 0) > 300, `released after ${report.phases.releasing} ms, while the work still ran`);
  });

  test('that outlives the budget is lost by name and with its details', async () => {
    await using app = await Program.start('hooks.mjs', { env: QUICK });
    await ask(app.port, '/work');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name, reason, details }) => ({ kind, name, reason, details })),
      [{ kind: 'work', name: 'import', reason: 'deadline', details: { file: 'a.csv' } }],
    );
    assert.equal((await app.ended).code, 1);
  });
});

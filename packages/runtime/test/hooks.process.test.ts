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

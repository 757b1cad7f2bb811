import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from '../support/program.ts';
import { outInTime } from './support/out-in-time.ts';
import { TOLD_1012, webSocket } from './support/web-socket.ts';

// A watch mode does not linger, so these are quick.
const QUICK = { WATCH_REPORT_DEPENDENCIES: '1' };

void describe('hooks', { concurrency: 8 }, () => {
  test('that throw, reject, hang or use up their share are reported, and stop no other', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, SPOTPROOF_STOP_TIMEOUT: '6', MODE: 'bad' } });

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.deepEqual(Object.fromEntries(report.hooks.map(({ name, outcome, error }) => [name, error ?? outcome])), {
      'hangs for ever': 'timed-out',
      hangs: 'timed-out',
      rejects: 'refused',
      throws: 'no connection',
      last: 'done',
    });
    assert.ok(app.output.includes('aborted SPOTPROOF_HOOK_TIMEOUT'));
    assert.equal(report.exitCode, 0);
  });

  test('that call process.exit end the process, and the report says so and is still written', async () => {
    await using app = await Program.start('hooks.mjs', { env: { ...QUICK, MODE: 'exits' } });

    app.signal('SIGTERM');
    const report = await outInTime(app);

    assert.equal(report.outcome, 'exited');
    assert.equal(report.exitCode, 3);
    assert.match(report.warnings.join('\n'), /ended while releasing, by .*hooks\.mjs:\d+:\d+/);
    assert.equal(report.hooks.find(({ name }) => name === 'never reached')?.outcome, 'skipped');
  });

  for (const before of ['throws', 'hangs'] as const) {
    test(`WebSocket: a beforeClose that ${before} takes no client its close code`, async () => {
      await using app = await Program.start('adapters/web-sockets.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '6', BEFORE: before } });
      using client = await webSocket(app.port);

      app.signal('SIGTERM');
      await client.until(TOLD_1012);

      await outInTime(app);
    });
  }
});

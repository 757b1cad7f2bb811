import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';

void describe('OpenTelemetry', { concurrency: 3 }, () => {
  test('gets how long the drain took, what was lost and the phase, flushed before the exit', async () => {
    await using app = await Program.start('otel.mjs', { env: { LOSE: 'yes' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(app.output.filter((line) => line.startsWith('metric')).toSorted(), [
      'metric spotproof.drain.duration s 1 true {}',
      'metric spotproof.drain.lost {item} 1 false {"spotproof.lost.kind":"work","spotproof.lost.reason":"deadline"}',
      'metric spotproof.drain.phase 1 6 false {"spotproof.drain.phase.name":"flushed"}',
    ]);
    assert.deepEqual(
      report.hooks.map(({ name, phase, outcome }) => [name, phase, outcome]),
      [
        ['opentelemetry', 'flush', 'done'],
        ['database', 'release', 'done'],
      ],
    );
  });

  test('that hangs costs its reserve, and neither another hook nor the exit code', async () => {
    await using app = await Program.start('otel.mjs', { env: { HANG: 'yes' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual(
      report.hooks.map(({ name, outcome }) => [name, outcome]),
      [
        ['opentelemetry', 'timed-out'],
        ['database', 'done'],
      ],
    );
    assert.equal((await app.ended).code, 0);
  });

  test('has its reserve left for the flush even when work uses up everything else', async () => {
    await using app = await Program.start('otel.mjs', { env: { LOSE: 'yes', RESERVE: '900' } });

    app.signal('SIGTERM');
    const report = await app.report();
    const leftMs = Number((await app.line(/^flush/)).split(' ')[1]);

    assert.ok((report.phases.aborting ?? 0) < 3_000, `the stop signal came after ${report.phases.aborting} ms`);
    assert.ok(leftMs > 500, `${leftMs} ms were left for the flush`);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { APP, labOptions, run } from './support/lab.ts';

describe('a run with protect', { concurrency: 2 }, () => {
  it('preloads the runtime, tells it the stop timeout, and brings its drain report home', async (t) => {
    const options = labOptions({ protect: true, env: { NODE_OPTIONS: '--no-deprecation' } });

    const { run: result, progress } = await run(t, options);

    assert.equal(result.failure, undefined);
    assert.deepEqual(result.warnings, []);
    assert.ok(result.tasks.every(({ announced }) => announced));
    const task = result.tasks.find(({ interruptedAt }) => interruptedAt !== undefined);
    const report = task?.drainReport;
    assert.ok(typeof report === 'object' && report !== null && 'budgetMs' in report, 'the report was read');
    assert.equal(report.budgetMs, options.stopTimeoutMs);
    assert.equal(task?.killed, false);
    const told = progress.find((one) => one.type === 'protection');
    assert.match(told?.env['NODE_OPTIONS'] ?? '', /^--no-deprecation --import file:.*dist\/auto\.js$/);
    assert.equal(told?.env['SPOTPROOF_STOP_TIMEOUT'], '3');
  });

  it('says when a shell in front keeps SIGTERM from the protected process', async (t) => {
    const options = labOptions({ protect: true, stopTimeoutMs: 1000, command: ['sh', '-c', `"${process.execPath}" "${APP}" graceful; true`] });

    const { run: result } = await run(t, options);

    assert.equal(result.failure, undefined);
    const task = result.tasks.find(({ interruptedAt }) => interruptedAt !== undefined);
    assert.deepEqual([task?.announced, task?.drainReport], [true, undefined]);
    assert.ok(
      result.warnings.some((warning) => warning.includes(`${task?.id} was protected, but left no drain report`)),
      result.warnings.join(),
    );
  });
});

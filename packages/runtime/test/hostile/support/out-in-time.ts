import assert from 'node:assert/strict';
import type { DrainReport } from '@spotproof/runtime';
import type { Program } from '../../support/program.ts';

/** The one report of a process that ended by itself, before its stop timeout, with the exit code that the report names. */
export async function outInTime(app: Program): Promise<DrainReport> {
  const report = await app.report();
  const { code, signal } = await app.ended;
  assert.equal(signal, null, 'it was killed');
  assert.equal(code, report.exitCode);
  assert.ok(report.durationMs < report.budgetMs, `it took ${report.durationMs} ms of ${report.budgetMs}`);
  return report;
}

/** Runs `act` again and again, one after the other, until it is stopped; what it throws ends it. */
export function again(act: () => Promise<void>): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      try {
        await act();
      } catch {
        return;
      }
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

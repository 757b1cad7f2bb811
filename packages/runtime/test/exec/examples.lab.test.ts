import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { explain, lab, type LabResult } from '../../../../test/lab/support/lab-cli.ts';
import { interruptedTasks } from '../../../../test/lab/support/series.ts';
import type { ExecReport } from '../../src/exec/report.ts';

// Programs that know nothing of SIGTERM, or have npm or a shell in front, as the first process of a namespace, and deregistered late.

const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-exec-lab-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const SERVER_IN_C = path.join(folder, 'server');
execFileSync('cc', ['-O2', '-Wall', '-Werror', '-o', SERVER_IN_C, path.join(import.meta.dirname, '../../../../examples/exec/server.c')]);
const EXEC = ['node', 'packages/runtime/bin/spotproof-exec.js'];
const FRONT = [...EXEC, '--front', ':auto', '--'];
const EXAMPLE = ['--requests', 'examples/exec/requests.json'];

// Each run waits most of its time: all together cost little more than one.
describe('programs that cannot drain', { concurrency: 6 }, () => {
  test('without spotproof-exec the same Python server is killed', async () => {
    const result = await interrupt({ options: EXAMPLE, command: ['python3', 'examples/exec/server.py'] });

    // The kernel keeps SIGTERM from a first process that has no handler for it: it goes on serving until it is killed.
    for (const task of interruptedTasks(result)) assert.equal(task.killed, true, explain(result));
  });

  for (const [name, command] of [
    ['a Python server', ['python3', 'examples/exec/server.py']],
    ['a server in C', [SERVER_IN_C]],
    ['a start script', ['sh', 'examples/exec/start.sh']],
  ] as const) {
    test(`${name} loses nothing behind --front`, async () => {
      const reportFile = path.join(folder, `${name}.json`);
      const result = await interrupt({ options: [...EXAMPLE, '--env', `SPOTPROOF_REPORT=${reportFile}`], command: [...FRONT, ...command] });

      assertNothingLost(result);
      // The shape is what is asserted.
      const report = JSON.parse(readFileSync(reportFile, 'utf8').trim().split('\n').at(-1) ?? '') as ExecReport;
      assert.equal(report.outcome, 'drained', explain(result));
      assert.ok(report.requestsAfterStart > 0, 'the balancer sent nothing after SIGTERM, so nothing was shown');
    });
  }

  for (const [name, command] of [
    ['npm start', ['npm', '--prefix', 'packages/runtime/test/exec/programs', 'start']],
    ['sh -c', ['sh', '-c', 'node examples/mixed/server.mjs; true']],
  ] as const) {
    test(`${name} loses nothing within the linger`, async () => {
      assertNothingLost(await interrupt({ options: [], command: [...EXEC, '--', ...command] }));
    });
  }
});

function interrupt({ options, command }: { readonly options: readonly string[]; readonly command: readonly string[] }): Promise<LabResult> {
  return lab([
    ...[
      '--tasks',
      '2',
      '--nodes',
      '1',
      '--rate',
      '30',
      '--control',
      '2',
      '--interrupt',
      '1@1s',
      '--deregister-after',
      '3',
      '--health-check',
      '/,5s,2',
    ],
    ...['--stop-timeout', '20', '--env', 'SPOTPROOF_STOP_TIMEOUT=20', '--deregistration-delay', '8', ...options, '--', ...command],
  ]);
}

function assertNothingLost(result: LabResult): void {
  assert.equal(result.report.requests.lost, 0, explain(result));
  assert.equal(result.exitCode, 0, explain(result));
  for (const task of interruptedTasks(result)) assert.equal(task.killed, false, explain(result));
}

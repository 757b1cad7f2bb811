import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain, lab, type LabResult } from './support/lab-cli.ts';

// So little load that they bear each other's company.
describe('a sick task', { concurrency: 3 }, () => {
  for (const { kind, outcome } of [
    { kind: 'hang', outcome: 'timed-out' },
    { kind: '5xx', outcome: 'bad-status' },
    { kind: 'stall', outcome: 'timed-out' },
  ] as const) {
    test(`that shows ${kind} gets no more traffic after interval × threshold + timeout, is replaced, and costs the healthy ones nothing`, async () => {
      const result = await lab([...SMALL, '--fault', `${kind}@1s`, ...APP]);

      const { report } = result;
      const fault = onlyFault(result);
      assert.deepEqual([result.exitCode, report.verdict, report.requests.lost], [0, 'contained', 0], explain(result));
      assert.deepEqual([fault.kind, fault.taskId, fault.bound, fault.boundMs], [kind, 'task-1', 'kept', 2900], explain(result));
      assert.deepEqual(fault.stopped.map(({ node, why }) => `${node} ${why}`).toSorted(), ['node-a unhealthy', 'node-b unhealthy'], explain(result));
      assert.deepEqual(Object.keys(fault.byOutcome), [outcome], explain(result));
      assert.equal(fault.sentFailOpen, 0);
      // None after the last node had stopped (but for what was on its way), and every loss was on this task.
      const lastStopAt = Math.max(...fault.stopped.map(({ at }) => at ?? Infinity));
      assert.ok((report.tasks.find(({ id }) => id === 'task-1')?.lastRequestAt ?? Infinity) <= lastStopAt + 100, explain(result));
      assert.deepEqual([...new Set(report.losses.map(({ taskId }) => taskId))], ['task-1'], explain(result));
      assert.equal(report.requests.lostToFaults, fault.sent + fault.lostInFlight, explain(result));
      assert.equal(report.tasks.find(({ id }) => id === fault.replacedBy)?.replaces, 'task-1', explain(result));
    });
  }

  test('that only is slower than its health checks bear is noticed, and one that recovers in time is left in peace', async () => {
    const result = await lab([...SMALL, '--fault', 'slow=2s@1s', '--fault', 'stall@1s,400ms,task-2', ...APP]);

    const [slow, stall] = ['slow', 'stall'].map((kind) => result.report.faults.find((fault) => fault.kind === kind));
    assert.equal(result.exitCode, 0, explain(result));
    assert.deepEqual([slow?.bound, slow?.taskId], ['kept', 'task-1'], explain(result));
    // Answered, though late: a client that waits loses nothing.
    assert.deepEqual(Object.keys(slow?.byOutcome ?? {}), ['answered'], explain(result));
    assert.deepEqual([stall?.bound, stall?.replacedBy], ['not-needed', undefined], explain(result));
    assert.ok((result.report.tasks.find(({ id }) => id === 'task-2')?.lastRequestAt ?? 0) > (stall?.endedAt ?? Infinity), explain(result));
  });

  test('that is all there is goes on getting everything (fail-open), and that is called a loss', async () => {
    const result = await lab([...SMALL, '--tasks', '1', '--replacement', 'never', '--fault', '5xx@1s', ...APP]);

    const fault = onlyFault(result);
    assert.deepEqual([result.exitCode, result.report.verdict, fault.bound], [1, 'lost', 'kept'], explain(result));
    assert.ok(fault.sentFailOpen > 0, explain(result));
    assert.ok(
      result.report.blame.some(({ sentence }) => sentence.includes('fail-open')),
      explain(result),
    );
  });
});

function onlyFault(result: LabResult): LabResult['report']['faults'][number] {
  const [fault, ...others] = result.report.faults;
  assert.ok(fault !== undefined && others.length === 0, explain(result));
  return fault;
}

const SMALL = [
  ...['--rate', '30', '--control', '2', '--health-check', '/,1s,2', '--stop-timeout', '5', '--deregistration-delay', '20'],
  ...['--requests', 'test/lab/programs/impatient.json'],
];
const APP = ['--', 'node', 'test/lab/programs/quick.mjs'];

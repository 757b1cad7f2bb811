import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalancerRecord } from '../../src/balancer/balancer-record.ts';
import type { Attempt, ClientRecord } from '../../src/load/client-record.ts';
import { renderText } from '../../src/report/text.ts';
import { judge, type Evidence } from '../../src/verdict/judge.ts';
import type { LabRun } from '../../src/verdict/lab-run.ts';
import { parseClientRecords } from '../../src/verdict/records.ts';
import { badGateway, calm, evidenceOf, exchange, interruptedTask, labTask, START, type Exchange } from '../support/sample-run.ts';

const SIGTERM_AT = 10_000;

test('a request that was answered at its second attempt is answered, and belongs to the task that answered it', () => {
  const report = judge(withRepeated(calm()));

  assert.deepEqual([report.requests.total, report.requests.answered, report.requests.lost, report.requests.repeated], [61, 61, 0, 1]);
  assert.equal(report.verdict, 'clean');
  const before = judge(evidenceOf(calm()));
  const served = (name: string): number =>
    (report.tasks.find((task) => task.name === name)?.served ?? 0) - (before.tasks.find((task) => task.name === name)?.served ?? 0);
  assert.deepEqual([served('task-1'), served('task-2')], [0, 1]);
  assert.match(renderText(report, { color: false, width: 100 }), /61 answered · 0 lost · 1 sent more than once/);
});

test('an attempt that went to a task after its SIGTERM was a request to it, though another task answered in the end', () => {
  const task = interruptedTask({ sigtermAt: START + SIGTERM_AT });
  const run = { tasks: [task, labTask({ name: 'task-2' }), labTask({ name: 'task-3' })] };
  const early = calm().filter(({ client }) => client.endedAt < START + SIGTERM_AT);

  const without = judge(evidenceOf(early, { run }));
  const report = judge(withRepeated(early, run));

  assert.ok(without.warnings.some((warning) => warning.startsWith('task-1 got no new request after SIGTERM')));
  assert.ok(!report.warnings.some((warning) => warning.includes('got no new request after SIGTERM')));
  assert.equal(report.tasks.find(({ name }) => name === 'task-1')?.lastRequestAt, SIGTERM_AT + 500);
});

test('attempts survive the way through a file of lines, and what is none is left out', () => {
  const { client } = repeated();

  const { records } = parseClientRecords(`${JSON.stringify({ ...client, attempts: [...(client.attempts ?? []), { id: 'x' }, 7] })}\n`);

  assert.deepEqual(records, [client]);
});

function withRepeated(exchanges: readonly Exchange[], run: Partial<LabRun> = {}): Evidence {
  const { client, balancer } = repeated();
  const evidence = evidenceOf([...exchanges, { client, balancer: undefined }], { run });
  return { ...evidence, balancer: [...evidence.balancer, ...balancer] };
}

/** One that `task-1` got half a second after its SIGTERM and did not answer, and `task-2` did. The balancer has a line for each attempt. */
function repeated(): { readonly client: ClientRecord; readonly balancer: readonly BalancerRecord[] } {
  const at = SIGTERM_AT + 500;
  const failed = badGateway('target-rst', { at });
  const answered = exchange({ at: at + 200, balancer: { target: 'task-2' } });
  const { id } = failed.client;
  const attempts: readonly Attempt[] = [failed, answered].map(({ client: { node, sentAt, endedAt, outcome, status, detail } }, index) => ({
    id: index === 0 ? id : `${id}.2`,
    node,
    sentAt,
    endedAt,
    outcome,
    status,
    detail,
  }));
  const { intendedAt, sentAt } = failed.client;
  assert.ok(failed.balancer !== undefined && answered.balancer !== undefined);
  return {
    client: { ...answered.client, id, intendedAt, sentAt, attempts },
    balancer: [failed.balancer, { ...answered.balancer, id: `${id}.2` }],
  };
}

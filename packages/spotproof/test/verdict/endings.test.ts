import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protectionWarnings } from '../../src/lab/protection-check.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { LabTask } from '../../src/verdict/lab-run.ts';
import type { LabReport } from '../../src/verdict/report-document.ts';
import { badGateway, calm, evidenceOf, exchange, INTERRUPTION, interruptedTask, labRun, labTask, type Exchange } from '../support/sample-run.ts';

function report(exchanges: readonly Exchange[], task: Partial<LabTask>): LabReport {
  const tasks = [interruptedTask(task), labTask({ name: 'task-2' }), labTask({ name: 'task-3' })];
  return judge(evidenceOf([...calm(), ...exchanges], { run: { tasks } }));
}

const BOOM = ['draining', 'Error: boom in the drain', '    at server.js:3'];
const cut = badGateway('target-rst', { at: 6000, tookMs: 500 });
const refused = badGateway('target-refused', { at: 7500, tookMs: 1 });
const gone = { listenerClosedAt: INTERRUPTION + 1530, exitedAt: INTERRUPTION + 1500 };

test('a crash in the middle of the drain is told with its code and its words, not as an exit that came too early', () => {
  const { blame } = report([cut, refused], { ...gone, exitCode: 1, output: BOOM });

  assert.deepEqual(
    blame.map(({ sentence, fix }) => [sentence, fix]),
    [
      ['task-1 exited (code 1) 1.5 s after SIGTERM with 1 in flight.', 'It said: Error: boom in the drain'],
      ['task-1 exited (code 1) 1.5 s after SIGTERM; node a still sent for 4 s.', 'It said: Error: boom in the drain'],
    ],
  );
});

test('a process that a signal ended is not said to have exited', () => {
  const { blame } = report([cut, refused], { ...gone, exitCode: undefined, exitSignal: 'SIGSEGV', output: [] });

  for (const { sentence } of blame) assert.match(sentence, /^task-1 was ended by SIGSEGV 1\.5 s after SIGTERM/);
  assert.equal(blame.length, 2);
});

test('143 and 0 are exits as any, and need no words', () => {
  for (const exitCode of [0, 143]) {
    const judged = report([cut], { ...gone, exitCode, output: BOOM });

    assert.match(judged.blame[0]?.sentence ?? '', /^task-1 exited 1\.5 s after SIGTERM/);
    assert.match(judged.blame[0]?.fix ?? '', /process\.exit/);
  }
});

test('an exit at once is told with the same time in every sentence, though its listener was seen to be gone a little later', () => {
  const { blame } = report([badGateway('target-rst', { at: 4990, tookMs: 35 }), badGateway('target-refused', { at: 5100, tookMs: 1 })], {
    listenerClosedAt: INTERRUPTION + 30,
    exitedAt: INTERRUPTION + 26,
  });

  assert.deepEqual(
    blame.map(({ sentence }) => /exited (.*) after SIGTERM/.exec(sentence)?.[1]),
    ['26 ms', '26 ms'],
  );
});

test('143 at once may be the app’s own doing, so it is not said that nothing handled SIGTERM', () => {
  const { blame } = report([cut], { listenerClosedAt: INTERRUPTION + 1005, exitedAt: INTERRUPTION + 900, exitCode: 143 });

  assert.doesNotMatch(JSON.stringify(blame), /nothing handle/);
});

test('a bad end that lost nothing is noted, an orderly one is not', () => {
  const noteOf = (task: Partial<LabTask>): string | undefined => report([], task).warnings.find((warning) => warning.startsWith('task-1 '));

  assert.equal(
    noteOf({ exitCode: 1, output: BOOM }),
    'task-1 exited (code 1), 14.1 s after SIGTERM: an orderly shutdown ends with 0. It said: Error: boom in the drain',
  );
  assert.match(noteOf({ exitCode: undefined, exitSignal: 'SIGABRT', output: [] }) ?? '', /was ended by SIGABRT, 14\.1 s after SIGTERM: .* with 0\.$/);
  for (const exitCode of [0, 143]) assert.equal(noteOf({ exitCode, output: BOOM }), undefined);
});

test('refusals below 500 that came with SIGTERM are answers, and noted', () => {
  const refusals = (status: number, from: number): readonly Exchange[] =>
    [0, 200, 400].map((after) => exchange({ at: from + after, client: { status }, balancer: { target: 'task-1' } }));
  const notesOf = (exchanges: readonly Exchange[]): string => report(exchanges, {}).warnings.join('\n');

  assert.match(notesOf(refusals(429, 6000)), /task-1 answered 429 to 3 requests after SIGTERM; nothing had answered them so before\. .* `expect`/);
  assert.doesNotMatch(notesOf([...refusals(404, 6000), ...refusals(404, 2500)]), /answered 404/);
  assert.doesNotMatch(notesOf(refusals(204, 6000)), /answered 204/);
});

test('a refusal that is no answer for its body either is told with its status', () => {
  const { blame } = report([exchange({ client: { outcome: 'wrong-body', status: 429, detail: 'expected "END"' } })], {});

  assert.equal(blame[0]?.sentence, 'task-1 sent a complete answer (429) with the wrong body: expected "END".');
});

test('a protected task that began to drain is not said to have missed SIGTERM', () => {
  const killed = { killed: true, announced: true, sigkillAt: INTERRUPTION + 30_000, exitedAt: INTERRUPTION + 30_000 };

  assert.match(
    protectionWarnings([interruptedTask({ ...killed, listenerClosedAt: INTERRUPTION + 3000 })]).join(),
    /^task-1 was protected, but left no drain report: it was SIGKILLed in its drain\.$/,
  );
  assert.match(
    protectionWarnings([interruptedTask({ ...killed, listenerClosedAt: undefined })]).join(),
    /SIGTERM did not reach .*, or it was killed first/,
  );
  assert.doesNotMatch(report([], { ...killed, listenerClosedAt: INTERRUPTION + 3000 }).warnings.join(), /server\.close/);
});

test('a summary that says nothing was lost says so of no request that was lost before', () => {
  const lostBefore = [2200, 2400].map((at) => badGateway('target-fin', { at, balancer: { target: 'task-2' } }));
  const crashed = labTask({ name: 'task-2', crashed: true, exitedAt: INTERRUPTION - 2000, exitCode: 1 });
  const killed = interruptedTask({ killed: true, sigkillAt: INTERRUPTION + 30_000, exitedAt: INTERRUPTION + 30_000 });
  const summaryOf = (...tasks: readonly LabTask[]): string =>
    judge(evidenceOf([...calm(), ...lostBefore], { run: { tasks: [...tasks, labTask({ name: 'task-3' })] } })).summary;

  assert.equal(
    summaryOf(interruptedTask(), labTask({ name: 'task-2' })),
    'None of 60 requests was lost while 1 of 3 tasks was taken back. Another 2 requests were lost before, in the control phase.',
  );
  assert.match(
    summaryOf(killed, labTask({ name: 'task-2' })),
    /^No request was lost after the control phase, but task-1 had to be SIGKILLed .* Another 2 requests were lost before/,
  );
  assert.match(
    summaryOf(interruptedTask(), crashed),
    /^No request was lost after the control phase, but task-2 ended without .* Another 2 requests were lost before/,
  );
});

test('what was lost to a crash before any task was taken back is not said to be lost while one was', () => {
  const crashed = labTask({ name: 'task-2', crashed: true, exitedAt: INTERRUPTION + 1000, exitCode: 1 });
  const later = interruptedTask({ interruptedAt: INTERRUPTION + 2000, sigtermAt: INTERRUPTION + 2000 });
  const lostAt = (...times: readonly number[]): string =>
    judge(
      evidenceOf([...calm(), ...times.map((at) => badGateway('target-fin', { at, balancer: { target: 'task-2' } }))], {
        run: { tasks: [later, crashed, labTask({ name: 'task-3' })] },
      }),
    ).summary;

  assert.equal(lostAt(6000), '1 of 61 requests was lost before any task was taken back. task-2 ended without having been told to.');
  assert.match(lostAt(6000, 7500), /^2 of 62 requests were lost while 1 of 3 tasks was taken back\./);
});

test('only an app with the runtime is told of the variable that the runtime reads', () => {
  const killed = (announced: boolean): string =>
    JSON.stringify(
      report([badGateway('target-rst', { at: 34_000, tookMs: 1000 })], {
        killed: true,
        announced,
        handlesSigterm: true,
        listenerClosedAt: INTERRUPTION + 30_000,
        sigkillAt: INTERRUPTION + 30_000,
        exitedAt: INTERRUPTION + 30_000,
      }),
    );

  assert.match(killed(false), /Raise `stopTimeout` from 30 s \(Fargate allows 120 s\), or answer sooner/);
  assert.match(killed(true), /Raise `stopTimeout` from 30 s \(Fargate allows 120 s\) and tell the app with SPOTPROOF_STOP_TIMEOUT, or answer sooner/);
});

test('health checks that cannot be faster are not asked to be', () => {
  const { balancer } = labRun().options;
  const noteOf = (intervalMs: number): string | undefined => {
    const healthCheck = { ...balancer.healthCheck, intervalMs };
    const options = { ...labRun().options, stopTimeoutMs: 8000, balancer: { ...balancer, healthCheck } };
    return judge(evidenceOf(calm(), { options })).warnings.find((warning) => warning.startsWith('Health checks need'));
  };

  assert.match(noteOf(5000) ?? '', /they do not help\. Raise the stop timeout\.$/);
  assert.match(noteOf(15_000) ?? '', /they do not help\. Use 5 to 10 s × 2\.$/);
});

test('of one task alone it is only said that nothing else can answer until a replacement is ready', () => {
  const options = { ...labRun().options, tasks: 1 };
  const tasks = [interruptedTask(), labTask({ name: 'task-2', replaces: 'task-1' })];
  const { summary, warnings } = judge(evidenceOf(calm(), { run: { tasks }, options }));

  assert.equal(summary, 'None of 60 requests was lost while the only task was taken back.');
  assert.ok(
    warnings.includes('One task alone: when it is taken back, nothing else can answer until a replacement is ready. Run at least two.'),
    warnings.join('\n'),
  );
  const lossy = judge(evidenceOf([...calm(), badGateway('target-fin')], { run: { tasks }, options }));
  assert.match(lossy.summary, /while the only task was taken back\. One task alone: nothing else can answer until a replacement is ready\.$/);
});

test('that tasks ran without PID namespaces is left to the lab to say, which knows why', () => {
  const { warnings } = judge(evidenceOf(calm(), { run: { pidNamespaces: false } }));

  assert.doesNotMatch(warnings.join(), /namespace/);
});

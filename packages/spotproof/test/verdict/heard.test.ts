import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../src/verdict/judge.ts';
import type { LabOptions, LabRun, LabTask } from '../../src/verdict/lab-run.ts';
import type { LabReport } from '../../src/verdict/report-document.ts';
import { badGateway, calm, evidenceOf, exchange, INTERRUPTION, interruptedTask, labTask, type Exchange } from '../support/sample-run.ts';

const END = INTERRUPTION + 30_000;
/** It served to the end and was SIGKILLed. */
const killed = (parts: Partial<LabTask> = {}): LabTask =>
  interruptedTask({ listenerClosedAt: END, killed: true, sigkillAt: END, exitedAt: END, exitCode: 137, ...parts });
const cutAtTheEnd = badGateway('target-rst', { at: 34_000, tookMs: 1000 });

function report(
  parts: {
    readonly task?: Partial<LabTask>;
    readonly exchanges?: readonly Exchange[];
    readonly options?: Partial<LabOptions>;
    readonly run?: Partial<LabRun>;
  } = {},
): LabReport {
  const { exchanges = [], options, run } = parts;
  const tasks = [killed(parts.task), labTask({ name: 'task-2' }), labTask({ name: 'task-3' })];
  return judge(evidenceOf([...calm(), ...exchanges, cutAtTheEnd], { run: { tasks, ...run }, ...(options === undefined ? {} : { options }) }));
}

function killedNote({ warnings }: LabReport): string {
  return warnings.find((warning) => warning.startsWith('task-1 was SIGKILLed')) ?? 'no note';
}

function all(report: LabReport): string {
  return JSON.stringify([report.blame, report.warnings]);
}

test('a task in which nothing came of SIGTERM is said to have shown nothing, and no more', () => {
  const silent = report();

  assert.match(killedNote(silent), /nothing reacted to SIGTERM that could be seen from outside \(the kernel drops signals/);
  assert.match(silent.blame[0]?.sentence ?? '', /nothing reacted to SIGTERM .*; it was SIGKILLed 30 s after SIGTERM with 1 in flight/);
});

const draining = (at: number): LabRun['targetHealth'][number] => ({
  type: 'target-health',
  node: 'a',
  targetId: 'task-1',
  state: 'unhealthy',
  reason: 'Target.ResponseCodeMismatch',
  at: INTERRUPTION + at,
});
const healthy = (at: number): LabRun['targetHealth'][number] => ({ ...draining(at), state: 'healthy', reason: undefined });

const EVIDENCE: readonly (readonly [string, Parameters<typeof report>[0], RegExp])[] = [
  ['a handler for SIGTERM', { task: { handlesSigterm: true } }, /a handler for it/],
  ['a drain report', { task: { drainReport: { outcome: 'deadline' } } }, /a drain report/],
  ['what it said', { task: { saidAfterSigterm: ['GET /', 'SIGTERM: draining for 20 s'] } }, /its words "SIGTERM: draining for 20 s"/],
  ['a closed listener', { task: { listenerClosedAt: INTERRUPTION + 200 } }, /a closed listener/],
  [
    'refused connections',
    { exchanges: [badGateway('target-refused', { at: 6000, tookMs: 1 })], task: { listenerClosedAt: undefined } },
    /refused connections/,
  ],
  [
    'health checks that turn 503',
    { run: { targetHealth: [healthy(-3000), draining(2000)] } },
    /health checks that failed with Target\.ResponseCodeMismatch/,
  ],
  ['answers of 503', { exchanges: [exchange({ at: 8000, client: { outcome: 'bad-status', status: 503, answeredBy: 'app' } })] }, /answers with 503/],
  [
    'connections that it cut',
    { exchanges: [exchange({ at: 8000, tookMs: 900, client: { outcome: 'truncated-fin' }, balancer: { cause: 'target-fin-in-body' } })] },
    /connections cut/,
  ],
  [
    'clients that it told to reconnect',
    {
      exchanges: [
        exchange({
          at: 6000,
          tookMs: 3000,
          client: {
            protocol: 'websocket',
            longLived: {
              ending: 'told-to-reconnect',
              closeCode: 1012,
              closeReason: undefined,
              retryMs: undefined,
              sent: 3,
              received: 3,
              carriedOver: 0,
              attempt: 1,
            },
          },
        }),
      ],
    },
    /clients told to reconnect/,
  ],
  ['that it lived on without a PID namespace', { run: { pidNamespaces: false } }, /that it lived on/],
];

for (const [what, parts, words] of EVIDENCE) {
  test(`${what}: SIGTERM is not called unheard, and that is named`, () => {
    const judged = report(parts);

    assert.doesNotMatch(all(judged), /nothing reacted|nothing handled|did not pass SIGTERM on/);
    assert.match(killedNote(judged), /had not ended .*stop timeout of 30 s/);
    assert.match(killedNote(judged), words);
  });
}

test('a first process of its own that may have passed SIGTERM on is not said to have kept it', () => {
  const noteOf = (command: readonly string[], task: Partial<LabTask>): string => killedNote(report({ options: { command }, task }));
  const kept = /is the first process and did not pass SIGTERM on to the app/;
  const unknown = /is the first process, and nothing shows that it passed SIGTERM on to the app/;

  assert.match(noteOf(['sh', '-c', 'node server.js; true'], { firstProcess: 'sh', handlesSigterm: false }), kept);
  assert.match(noteOf(['bash', 'start.sh'], { handlesSigterm: true }), unknown);
  // One of Node may have handled it once.
  for (const handlesSigterm of [true, false]) assert.match(noteOf(['npm', 'start'], { handlesSigterm }), unknown);
  const drains = report({ options: { command: ['npm', 'start'] }, task: { handlesSigterm: true, saidAfterSigterm: ['shutting down'] } });
  assert.doesNotMatch(all(drains), /passed? SIGTERM on/);
});

test('a shell that gave way to the app is not taken for the first process, one that stayed is believed before what else was seen', () => {
  const command = ['sh', '-c', 'node server.js'];
  const sick = { targetHealth: [healthy(-3000), draining(2000)] };
  const noteOf = (firstProcess: string): string =>
    killedNote(report({ options: { command }, task: { firstProcess, handlesSigterm: false }, run: sick }));

  assert.match(noteOf('sh'), /`sh -c` is the first process and did not pass SIGTERM on to the app/);
  assert.doesNotMatch(noteOf('MainThread'), /sh -c/);
});

test('what was so before SIGTERM, or is so of any idle connection, shows nothing', () => {
  const sickAlready = { targetHealth: [healthy(-3000), draining(-1000), draining(2000)] };
  const flaky = [2500, 8000].map((at) => exchange({ at, client: { outcome: 'bad-status', status: 500, answeredBy: 'app' } }));
  const idleRace = badGateway('target-fin', { at: 8000, tookMs: 4, balancer: { connection: 'reused', idleMs: 5004 } });

  assert.match(
    killedNote(report({ run: sickAlready, exchanges: [idleRace, ...flaky], task: { saidAfterSigterm: ['GET /', 'GET /exit'] } })),
    /nothing reacted to SIGTERM/,
  );
});

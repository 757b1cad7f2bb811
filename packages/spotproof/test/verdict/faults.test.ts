import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalancerRecord } from '../../src/balancer/balancer-record.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderText } from '../../src/report/text.ts';
import type { LabFault, PlannedFault } from '../../src/verdict/fault.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { LabRun, LabTask, TargetHealthReport } from '../../src/verdict/lab-run.ts';
import type { LabReport } from '../../src/verdict/report-document.ts';
import { badGateway, calm, evidenceOf, exchange, INTERRUPTION, labTask, START, type Exchange } from '../support/sample-run.ts';

// Interval 1 s, threshold 2, timeout 0.9 s: the bound is 2.9 s, and 0.27 s of slack. The fault begins with the interruption phase, at 5 s.

test('what a sick task loses while it is in rotation is contained: counted apart, named, and exit code 0', () => {
  const report = sickRun({ exchanges: [...calm(), timedOut({ at: 4900 }), timedOut({ at: 5500 }), timedOut({ at: 6000 })] });

  assert.deepEqual([report.verdict, report.exitCode], ['contained', 0]);
  assert.deepEqual([report.requests.lost, report.requests.lostToFaults, report.requests.total], [0, 3, 63]);
  assert.match(report.summary, /^Nothing was lost but 3 requests of 63, all on task-1 \(hang\)/);
  const [entry] = report.blame;
  assert.deepEqual([entry?.count, entry?.taskId], [3, 'task-1']);
  assert.match(entry?.sentence ?? '', /^task-1 was sick \(--fault hang\) .* node a after 2 s and node b after 2\.5 s\.$/);
  assert.equal(report.losses.length, 3);
});

test('the report says when it began, when each node stopped, what was sent until then, and that the bound was kept', () => {
  const [fault] = sickRun({
    exchanges: [...calm(0), timedOut({ at: 4900 }), timedOut({ at: 5500 }), exchange({ at: 7600, balancer: { target: 'task-2' } })],
  }).faults;

  assert.deepEqual(
    { ...fault, summary: undefined },
    {
      kind: 'hang',
      delayMs: undefined,
      taskId: 'task-1',
      beganAt: 5000,
      endedAt: undefined,
      boundMs: 2900,
      slackMs: 270,
      stopped: [
        { node: 'a', at: 7000, afterMs: 2000, why: 'unhealthy' },
        { node: 'b', at: 7500, afterMs: 2500, why: 'unhealthy' },
      ],
      bound: 'kept',
      sent: 1,
      byOutcome: { 'timed-out': 1 },
      lostInFlight: 1,
      sentFailOpen: 0,
      replacedBy: 'task-4',
      summary: undefined,
    },
  );
  assert.match(
    fault?.summary ?? '',
    /That keeps the bound of 2\.9 s \(1 s × 2 \+ 0\.9 s\)\. 1 request was still sent to it: 1 timed-out\. 1 request in flight was lost\./,
  );
});

test('a loss on a healthy task beside a sick one is a failure', () => {
  const report = sickRun({ exchanges: [...calm(), timedOut({ at: 5500 }), badGateway('target-rst', { at: 6000, balancer: { target: 'task-2' } })] });

  assert.deepEqual([report.verdict, report.exitCode], ['lost', 1]);
  assert.deepEqual([report.requests.lost, report.requests.lostToFaults], [1, 1]);
});

test('what is sent to the sick task after the bound is a failure, and so is a node that never stops', () => {
  const report = sickRun({ exchanges: [...calm(), timedOut({ at: 5500 }), timedOut({ at: 9000 })], health: [unhealthy('a', 7000)] });

  assert.deepEqual([report.verdict, report.exitCode], ['lost', 1]);
  assert.deepEqual([report.requests.lost, report.requests.lostToFaults], [1, 1]);
  assert.equal(report.faults[0]?.bound, 'broken');
  assert.deepEqual(report.faults[0]?.stopped.at(-1), { node: 'b', at: undefined, afterMs: undefined, why: undefined });
  assert.ok(report.blame.some(({ sentence }) => /still got requests 4 s later; health checks had to stop that within 3\.2 s/.test(sentence)));
  assert.match(report.summary, /The balancer sent to task-1 \(hang\) for longer than its health checks allow\./);
});

test('a broken bound fails the run even when no request came of it', () => {
  const report = sickRun({ exchanges: calm(20), health: [unhealthy('a', 7000), unhealthy('b', 9000)] });

  assert.deepEqual([report.verdict, report.exitCode, report.requests.lost], ['lost', 1, 0]);
});

test('within the slack of its own clocks the lab blames nobody', () => {
  const report = sickRun({ exchanges: [...calm(20), timedOut({ at: 8100 })], health: [unhealthy('a', 7000), unhealthy('b', 8150)] });

  assert.deepEqual([report.verdict, report.faults[0]?.bound], ['contained', 'kept']);
});

test('fail-open is told as what it is, keeps the bound, and is a failure', () => {
  const others = ['task-2', 'task-3', 'task-4'].map((targetId) => health({ node: 'a', targetId, state: 'unhealthy', at: START + 6000 }));
  const exchanges = [...calm(20), timedOut({ at: 7800, balancer: { targetState: 'unhealthy' } })];
  const report = sickRun({ exchanges, health: [...others, unhealthy('a', 7000), unhealthy('b', 7500)] });

  assert.deepEqual([report.verdict, report.requests.lost], ['lost', 1]);
  assert.deepEqual([report.faults[0]?.sentFailOpen, report.faults[0]?.bound], [1, 'kept']);
  assert.match(report.blame[0]?.sentence ?? '', /^No target was healthy, so nodes sent to all of them, the sick task-1 included/);
});

test('a node that sends to a task that it had found unhealthy, with healthy ones beside it, breaks the bound however early', () => {
  const report = sickRun({ exchanges: [...calm(20), timedOut({ at: 7200, balancer: { targetState: 'unhealthy' } })] });

  assert.deepEqual([report.verdict, report.requests.lost, report.faults[0]?.bound, report.faults[0]?.sentFailOpen], ['lost', 1, 'broken', 0]);
  assert.match(
    report.blame[0]?.sentence ?? '',
    /^task-1 was sick \(--fault hang\) and still got requests 2\.2 s later, from nodes that had found it unhealthy;/,
  );
});

test('a fault that is over in time asks nothing of the health checks, and what is lost after it counts', () => {
  const over = { fault: { endedAt: INTERRUPTION + 1000 }, planned: { lengthMs: 1000 }, health: [] };

  assert.deepEqual(
    [sickRun({ ...over, exchanges: [...calm(), timedOut({ at: 5500 })] })].map(({ verdict, faults }) => [verdict, faults[0]?.bound]),
    [['contained', 'not-needed']],
  );
  assert.equal(sickRun({ ...over, exchanges: [...calm(), timedOut({ at: 6500 })] }).requests.lost, 1);
});

test('a delay below the timeout of the health check goes unnoticed, and that is no broken bound', () => {
  const report = sickRun({ exchanges: calm(), planned: { kind: 'slow', delayMs: 800 }, health: [] });

  assert.deepEqual([report.verdict, report.exitCode, report.faults[0]?.bound], ['clean', 0, 'unnoticed']);
  assert.match(report.summary, /^None of 60 requests was lost while task-1 \(slow\) was sick\.$/);
});

test('a sick task that had to be SIGKILLed is not held against the app', () => {
  const report = sickRun({ exchanges: calm(), task: { killed: true, sigtermAt: START + 9000, sigkillAt: START + 12_000, exitedAt: START + 12_000 } });

  assert.deepEqual([report.verdict, report.exitCode], ['clean', 0]);
  assert.equal(
    report.warnings.some((warning) => warning.includes('SIGKILLed')),
    false,
  );
});

test('a planned fault that hit no task voids the run', () => {
  const report = judge(evidenceOf(calm(), { options: { interruptions: [], faults: [PLANNED] } }));

  assert.deepEqual([report.verdict, report.exitCode], ['void', 3]);
  assert.match(report.summary, /The fault hang at 0 s hit no task\./);
});

test('terminal and page show the sick task, and no line is too long', () => {
  const report = sickRun({ exchanges: [...calm(), timedOut({ at: 5500 })] });

  const text = renderText(report, { color: false, width: 80 });
  assert.match(text, /^ {3}CONTAINED {3}/m);
  assert.match(
    text,
    /^ {2}sick +task-1 took requests and answered none \(hang\), from 3 s\s+into\s+the\s+load\. node\s+a\s+stopped\s+sending\s+after\s+2\s+s,\s+node\s+b\s+after\s+2\.5\s+s\./m,
  );
  assert.match(text, /0 lost · 1 lost to planted faults/);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  const page = renderHtml(report);
  assert.match(page, /<tr data-fault="hang" data-bound="kept">/);
  assert.match(page, /class="station sick"/);
});

const PLANNED: PlannedFault = { kind: 'hang', atMs: 0, lengthMs: undefined, delayMs: 0, taskId: undefined };

/** Three tasks on two nodes; task-1 is sick from 5 s on and found out by node a at 7 s and by node b at 7.5 s, unless told otherwise. */
function sickRun(scene: {
  readonly exchanges: readonly Exchange[];
  readonly planned?: Partial<PlannedFault>;
  readonly fault?: Partial<LabFault>;
  readonly health?: readonly TargetHealthReport[];
  readonly task?: Partial<LabTask>;
}): LabReport {
  const planned: PlannedFault = { ...PLANNED, ...scene.planned };
  const tasks = [labTask(scene.task), labTask({ name: 'task-2' }), labTask({ name: 'task-3' }), labTask({ name: 'task-4', replaces: 'task-1' })];
  const joined = tasks.flatMap(({ id }) =>
    ['a', 'b'].map((node): TargetHealthReport => health({ node, targetId: id, state: 'healthy', at: START + 1000 })),
  );
  const run: Partial<LabRun> = {
    tasks,
    faults: [{ planned, taskId: 'task-1', beganAt: INTERRUPTION, endedAt: undefined, ...scene.fault }],
    targetHealth: [...joined, ...(scene.health ?? [unhealthy('a', 7000), unhealthy('b', 7500)])],
    targetDraining: [],
  };
  const sample = evidenceOf(scene.exchanges, { run });
  const { balancer } = sample.run.options;
  const healthCheck = { ...balancer.healthCheck, intervalMs: 1000, timeoutMs: 900, unhealthyThreshold: 2 };
  return judge({
    ...sample,
    run: { ...sample.run, options: { ...sample.run.options, interruptions: [], faults: [planned], balancer: { ...balancer, healthCheck } } },
  });
}

function unhealthy(node: string, at: number): TargetHealthReport {
  return health({ node, targetId: 'task-1', state: 'unhealthy', at: START + at });
}

function health(parts: Pick<TargetHealthReport, 'node' | 'targetId' | 'state' | 'at'>): TargetHealthReport {
  return { type: 'target-health', reason: undefined, ...parts };
}

/** A request to the sick task that nobody answered in three seconds. */
function timedOut({ at, balancer }: { readonly at: number; readonly balancer?: Partial<BalancerRecord> }): Exchange {
  return exchange({
    at,
    tookMs: 3000,
    client: { outcome: 'timed-out', status: undefined, answeredBy: undefined, firstByteAt: undefined },
    balancer: { status: undefined, targetStatus: undefined, firstByteAt: undefined, cause: 'client-closed', ...balancer },
  });
}

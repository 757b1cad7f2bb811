import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeregisterNotes } from '../../src/drill/decisions.ts';
import { renderDrill } from '../../src/drill/text.ts';
import type { Outcome } from '../../src/load/client-record.ts';
import { Timeline } from '../../src/drill/timeline.ts';
import { sampleReport, sampleTimeline, snapshot, task, taskArn } from './sample.ts';

const rules = (report: ReturnType<typeof sampleReport>): readonly string[] => report.findings.map(({ rule }) => rule);

test('a task is followed from the stop to its replacement, and the service to its strength', () => {
  const report = sampleReport(sampleTimeline());

  const [drilled] = report.tasks;
  assert.deepEqual({ verdict: report.verdict, exitCode: report.exitCode, findings: rules(report) }, { verdict: 'kept', exitCode: 0, findings: [] });
  assert.deepEqual(
    [drilled?.stopRequestedAt, drilled?.drainingAt, drilled?.stoppingAt, drilled?.stoppedAt, drilled?.ranAfterSigtermMs, drilled?.replacement],
    [1_000, 2_000, 5_000, 9_000, 2_000, '00000004'],
  );
  assert.deepEqual(
    report.replacements.map(({ id, runningAt, healthyAt }) => ({ id, runningAt, healthyAt })),
    [{ id: '00000004', runningAt: 8_000, healthyAt: 8_000 }],
  );
  assert.deepEqual(
    [report.strength.before, report.strength.lowest, report.strength.lowestAt, report.strength.timeToStrengthMs, report.strength.outageMs],
    [3, 2, 2_000, 7_000, 0],
  );
});

test('a service that does not come back is weakened, exit code 1, with the words of the scheduler as the cause', () => {
  const timeline = sampleTimeline({ isReplaced: false });
  const text = '(service api) was unable to place a task. Reason: Capacity is unavailable at this time.';
  timeline.see({ ...timeline.latest, at: 9_500, service: { ...timeline.service, messages: [{ at: 3_000, text }] } });

  const report = sampleReport(timeline);

  assert.equal(report.verdict, 'weakened');
  assert.equal(report.exitCode, 1);
  assert.match(report.findings.find(({ rule }) => rule === 'not-at-strength')?.cause ?? '', /Capacity is unavailable/);
});

test('losses count from the first stop on; what was lost before is told apart and does not fail the drill', () => {
  const record = (endedAt: number, outcome: Outcome) => ({
    id: 'drill-1',
    name: 'GET /',
    method: 'GET',
    path: '/',
    intendedAt: endedAt - 10,
    sentAt: endedAt - 10,
    firstByteAt: undefined,
    endedAt,
    outcome,
    status: outcome === 'bad-status' ? 502 : undefined,
    answeredBy: 'balancer' as const,
    connection: 'fresh' as const,
    node: 'the service',
    detail: undefined,
  });
  const load = { url: 'http://127.0.0.1:80/', ratePerSecond: 10 };
  const good = [record(500, 'bad-status'), record(600, 'answered'), record(2_000, 'answered')];

  const before = sampleReport(sampleTimeline(), { load: { ...load, records: good } });
  const after = sampleReport(sampleTimeline(), { load: { ...load, records: [...good, record(1_500, 'bad-status')] } });

  assert.deepEqual([before.verdict, before.exitCode, rules(before)], ['kept', 0, ['lost-before']]);
  assert.deepEqual([after.verdict, after.exitCode, rules(after)], ['lost', 1, ['lost-requests', 'lost-before']]);
  assert.ok(after.load.driven);
  assert.deepEqual([after.load.sent, after.load.answered, after.load.lost, after.load.lostBefore], [4, 2, 1, 1]);
  assert.match(after.findings[0]?.cause ?? '', /502/);
});

test('137 at the end of the stop timeout is a drain that took too long; long before it, something else', () => {
  const late = sampleReport(sampleTimeline({ exitCode: 137, executionStoppedAt: 65_000 }));
  const early = sampleReport(sampleTimeline({ exitCode: 137, executionStoppedAt: 7_000 }));

  assert.match(late.findings[0]?.cause ?? '', /stop timeout of 60 s was over: SIGTERM/);
  assert.match(early.findings[0]?.cause ?? '', /before the stop timeout of 60 s was over, so something else/);
});

test('a target that is still in rotation at SIGTERM is found, whether it leaves later or never', () => {
  for (const targetAtTheEnd of [undefined, 'healthy']) {
    const timeline = new Timeline(
      snapshot(0, [
        [task(1), 'healthy'],
        [task(2), 'healthy'],
      ]),
    );
    timeline.stopRequested(taskArn(1), 1, 1_000);
    timeline.see(
      snapshot(2_000, [
        [task(1, { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }), 'healthy'],
        [task(2), 'healthy'],
      ]),
    );
    timeline.see(
      snapshot(6_000, [
        [task(1, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }), targetAtTheEnd],
        [task(2), 'healthy'],
        [task(3), 'healthy'],
      ]),
    );

    assert.ok(rules(sampleReport(timeline)).includes('late-deregistration'));
  }
});

test('an event is the first that tells of the interruption; later deliveries are counted and other tasks ignored', () => {
  const timeline = sampleTimeline();
  timeline.eventSeen({ taskArn: taskArn(1), at: 1_000, isSpotInterruption: true }, 1_800);
  timeline.eventSeen({ taskArn: taskArn(1), at: 1_000, isSpotInterruption: true }, 2_500);
  timeline.eventSeen({ taskArn: taskArn(9), at: 1_000, isSpotInterruption: true }, 2_600);
  timeline.eventSeen(undefined, 2_700);

  const report = sampleReport(timeline, { areEventsWatched: true });

  assert.deepEqual(report.events, { watched: true, received: 4, tasksToldOf: 1, slowestMs: 800 });
  assert.deepEqual([report.tasks[0]?.eventSeenAt, report.tasks[0]?.eventDeliveries], [1_800, 2]);
});

test('a rule that sends nothing of the stopped task is found, and the fix names the pattern', () => {
  const report = sampleReport(sampleTimeline(), { areEventsWatched: true });

  const finding = report.findings.find(({ rule }) => rule === 'event-unseen');
  assert.match(finding?.cause ?? '', /got nothing at all/);
  assert.match(finding?.fix ?? '', /stoppedReason/);
});

test('who was first to deregister comes from the decisions of the controller, and from nothing else in its log', () => {
  const line = (taskNumber: number, outcome: string) => JSON.stringify({ type: 'deregister', taskArn: taskArn(taskNumber), outcome });
  const foreign = JSON.stringify({ type: 'audit', taskArn: taskArn(1), outcome: 'deregistered' });
  const log = ['not json', '{"type":"skip"}', foreign, line(1, 'aws-was-first'), line(2, 'deregistered'), 'null'].join('\n');

  const notes = parseDeregisterNotes(log);

  assert.equal(sampleReport(sampleTimeline(), { notes }).tasks[0]?.firstToDeregister, 'aws');
  assert.equal(
    sampleReport(sampleTimeline(), { notes: [{ taskArn: taskArn(1), outcome: 'deregistered' }] }).tasks[0]?.firstToDeregister,
    'controller',
  );
  assert.ok(rules(sampleReport(sampleTimeline(), { notes: [] })).includes('controller-silent'));
  assert.equal(sampleReport(sampleTimeline()).tasks[0]?.firstToDeregister, undefined);
});

test('a drill that stopped nothing, or went blind, is void; one that was cancelled says so', () => {
  const untouched = new Timeline(
    snapshot(0, [
      [task(1), 'healthy'],
      [task(2), 'healthy'],
    ]),
  );
  untouched.refusedStops.push({ at: 500, arn: taskArn(1), problem: 'ecs:StopTask failed with AccessDeniedException' });

  assert.deepEqual([sampleReport(untouched).verdict, sampleReport(untouched).exitCode], ['void', 3]);
  assert.ok(rules(sampleReport(untouched)).includes('not-done'));
  assert.equal(sampleReport(sampleTimeline(), { blindness: 'ecs:DescribeTasks failed' }).verdict, 'void');
  assert.deepEqual([sampleReport(sampleTimeline(), { wasCancelled: true }).exitCode], [130]);
});

test('the text tells the way of the task, each finding with cause and fix, and what a drill does not show; nothing in it drives the terminal', () => {
  const timeline = sampleTimeline({ exitCode: 137, executionStoppedAt: 65_000 });
  timeline.see({ ...timeline.latest, at: 9_500, service: { ...timeline.service, messages: [{ at: 3_000, text: 'unable to place \u001B[2J' }] } });

  const text = renderDrill(sampleReport(timeline), { color: false, width: 100 });

  assert.match(text, /KEPT/);
  assert.match(text, /00000001 stop asked 0 s → draining 1 s → SIGTERM 4 s → stopped \(exit 137\) 8 s/);
  assert.match(text, /→ 00000004 started 4 s → running 7 s → healthy 7 s/);
  assert.match(text, /cause: [\s\S]*fix: /);
  assert.match(text, /UserInitiated/);
  assert.ok(!text.includes('\u001B'));
  assert.ok(text.split('\n').every((line) => line.length <= 100));
});

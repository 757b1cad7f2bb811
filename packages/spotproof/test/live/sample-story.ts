import { liveEvent } from '../../src/live/from-progress.ts';
import { verdictEvent } from '../../src/live/from-report.ts';
import type { LiveEvent } from '../../src/live/events.ts';
import type { LabProgress } from '../../src/lab/listener.ts';
import type { Evidence } from '../../src/verdict/judge.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { LabEvent, LabTask } from '../../src/verdict/lab-run.ts';

/** What the lab of a sample run would have told its live page, in order; the verdict is the last event. */
export function storyOf(evidence: Evidence): readonly LiveEvent[] {
  const { run, client } = evidence;
  const { phases } = run;
  const told: LabProgress[] = [
    { type: 'phase', at: run.startedAt, phase: 'starting' },
    { type: 'phase', at: phases.controlAt ?? run.startedAt, phase: 'control' },
    { type: 'phase', at: phases.interruptionAt ?? run.startedAt, phase: 'interruption' },
    { type: 'phase', at: phases.finishingAt ?? run.endedAt, phase: 'finishing' },
    { type: 'work', at: phases.interruptionAt ?? run.endedAt, figures: { expected: 9, done: 7, doubled: 2, unexpected: 0, absorbed: 1, refused: 0 } },
    ...run.tasks.flatMap((task) => lifeOf(task).map((event): LabProgress => ({ type: 'task', event }))),
    ...run.targetHealth.map((report): LabProgress => ({ type: 'target-health', report })),
    ...run.targetDraining.map(({ node, targetId, at }): LabProgress => ({
      type: 'target-health',
      report: { type: 'target-health', node, targetId, state: 'draining', reason: 'Target.DeregistrationInProgress', at },
    })),
  ];
  for (let at = phases.controlAt ?? run.startedAt; at < run.endedAt; at += 1000) {
    const ended = client.filter(({ endedAt }) => endedAt <= at);
    const byOutcome: Record<string, number> = {};
    for (const { outcome } of ended) byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
    const sent = client.filter(({ sentAt }) => sentAt <= at).length;
    told.push({ type: 'load', report: { type: 'progress', at, planned: sent, sent, ended: ended.length, byOutcome } });
  }
  const events = told.flatMap((progress) => liveEvent(progress, run.startedAt) ?? []).toSorted((a, b) => a.at - b.at);
  return [
    { type: 'run', at: run.startedAt, label: 'plain', command: run.options.command, ratePerSecond: run.options.ratePerSecond },
    ...events,
    verdictEvent(judge(evidence), run.endedAt, 'spotproof-report/report.html'),
  ];
}

/** The same, so much later. */
export function later(event: LiveEvent, byMs: number): LiveEvent {
  const moved = { ...event, at: event.at + byMs };
  return moved.type === 'verdict' ? { ...moved, losses: moved.losses.map((loss) => ({ ...loss, at: loss.at + byMs })) } : moved;
}

function lifeOf(task: LabTask): readonly LabEvent[] {
  const taskId = task.id;
  const at = <Event extends LabEvent>(time: number | undefined, event: (at: number) => Event): readonly Event[] =>
    time === undefined ? [] : [event(time)];
  return [
    ...task.states.map(({ state, at }) => ({ type: 'task-state', at, taskId, state, reason: undefined }) as const),
    ...at(task.listeningAt, (at) => ({ type: 'task-listening', at, taskId })),
    ...at(task.registeredAt, (at) => ({ type: 'task-registered', at, taskId })),
    ...at(task.interruptedAt, (at) => ({ type: 'task-interrupted', at, taskId })),
    ...at(task.sigtermAt, (at) => ({ type: 'task-signal', at, taskId, signal: 'SIGTERM' })),
    ...at(task.listenerClosedAt, (at) => ({ type: 'task-listener-closed', at, taskId })),
    ...at(task.deregisteredAt, (at) => ({ type: 'task-deregistered', at, taskId })),
    ...at(task.sigkillAt, (at) => ({ type: 'task-signal', at, taskId, signal: 'SIGKILL' })),
    ...at(task.exitedAt, (at) => ({
      type: 'task-exited',
      at,
      taskId,
      exitCode: task.exitCode,
      exitSignal: task.exitSignal,
      crashed: task.crashed,
    })),
  ];
}

import type { LabReport, TaskReport } from '../verdict/report-document.ts';
import { milliseconds, nodes, seconds } from '../verdict/words.ts';

/** What the terminal and the page say with the same words. Times in a report count from its start; a person counts from the first request. */
export function loadBeginsAt(report: LabReport): number {
  return report.phases.controlAt ?? 0;
}

/** The stations of a task's way out or into sickness, in order, each with its time; empty for a task that stayed well. */
export interface Station {
  readonly kind: 'sick' | 'cured' | 'sigterm' | 'left' | 'listener-closed' | 'exited' | 'killed' | 'crashed';
  readonly at: number;
  /** `left node-a and node-b`, without the time. */
  readonly what: string;
  /** `4 s after SIGTERM`, in short: `+4 s`; the time into the load for SIGTERM itself. */
  readonly when: string;
}

export function stationsOf(report: LabReport, task: TaskReport): readonly Station[] {
  const origin = loadBeginsAt(report);
  const sick = report.faults.filter(({ taskId }) => taskId === task.id);
  const zero = task.sigtermAt;
  const when = (at: number): string =>
    zero === undefined ? `at ${seconds(at - origin)}` : `${at < zero ? '−' : '+'}${seconds(Math.abs(at - zero))}`;
  const stations: Station[] = [];
  if (zero !== undefined) stations.push({ kind: 'sigterm', at: zero, what: 'SIGTERM', when: `at ${seconds(zero - origin)}` });
  for (const fault of sick) {
    stations.push({ kind: 'sick', at: fault.beganAt, what: fault.kind, when: when(fault.beganAt) });
    if (fault.endedAt !== undefined) stations.push({ kind: 'cured', at: fault.endedAt, what: `${fault.kind} over`, when: when(fault.endedAt) });
  }
  if (zero !== undefined || task.crashed || sick.length > 0) {
    for (const { at, names, why } of departures(task)) {
      stations.push({ kind: 'left', at, what: `${why === 'unhealthy' ? 'unhealthy for' : 'left'} ${nodes(names)}`, when: when(at) });
    }
  }
  if (task.listenerClosedAt !== undefined && zero !== undefined && !endsWithExit(task)) {
    stations.push({ kind: 'listener-closed', at: task.listenerClosedAt, what: 'listener closed', when: when(task.listenerClosedAt) });
  }
  if (task.exitedAt !== undefined && (zero !== undefined || task.crashed)) {
    stations.push({
      kind: task.crashed ? 'crashed' : task.killed ? 'killed' : 'exited',
      at: task.exitedAt,
      what: endOf(task),
      when: when(task.exitedAt),
    });
  }
  return stations.toSorted((a, b) => a.at - b.at);
}

/** Seconds from SIGTERM to the end, the longest of all interrupted tasks. */
export function longestExitMs(report: LabReport): number | undefined {
  const spans = report.tasks.flatMap(({ sigtermAt, exitedAt, interruptedAt }) =>
    interruptedAt === undefined || sigtermAt === undefined || exitedAt === undefined ? [] : [exitedAt - sigtermAt],
  );
  return spans.length === 0 ? undefined : Math.max(...spans);
}

/** A latency for a table: whole milliseconds from 10 ms on. */
export function latencyCell(ms: number | undefined, valid: boolean): string {
  if (!valid) return 'void';
  return ms === undefined ? '–' : milliseconds(ms < 10 ? ms : Math.round(ms));
}

export const VERDICT_WORDS = {
  clean: 'Nothing lost',
  contained: 'Contained',
  lost: 'Lost',
  killed: 'Killed',
  'app-failed': 'App failed',
  void: 'Void',
  cancelled: 'Cancelled',
} as const satisfies Record<LabReport['verdict'], string>;

/** The command that repeats both runs of a comparison, from that of one of them. */
export function repeatOfComparison({ run }: LabReport): string {
  return run.repeat.includes('--compare') ? run.repeat : run.repeat.replace(/ -- /, ' --compare -- ');
}

function endOf(task: TaskReport): string {
  if (task.crashed) return `ended by itself (${task.exitSignal ?? `exit ${task.exitCode ?? '?'}`})`;
  if (task.killed) return 'SIGKILL';
  return task.exitSignal === undefined ? `exit ${task.exitCode ?? '?'}` : `ended by ${task.exitSignal}`;
}

/** A listener that closes because the process ends is told by the exit. */
function endsWithExit(task: TaskReport): boolean {
  return task.exitedAt !== undefined && task.listenerClosedAt !== undefined && task.exitedAt - task.listenerClosedAt < 150;
}

function departures(task: TaskReport): readonly { readonly at: number; readonly names: readonly string[]; readonly why: string }[] {
  const groups: { at: number; names: string[]; why: string }[] = [];
  for (const { node, at, why } of task.leftBalancer.toSorted((a, b) => a.at - b.at)) {
    const last = groups.at(-1);
    if (last !== undefined && at - last.at < 50 && last.why === why) last.names.push(node);
    else groups.push({ at, names: [node], why });
  }
  return groups.map((group) => ({ ...group, names: group.names.toSorted() }));
}

import type { Outcome } from '../../load/client-record.ts';
import type { JoinedRequest } from '../join.ts';
import type { LabRun, LabTask } from '../lab-run.ts';
import { rotationsOf } from '../rotation.ts';
import { relative } from '../run-clock.ts';
import { boundSlackMs, stopBoundMs } from './bound.ts';
import type { LabFault } from '../fault.ts';
import type { BoundOutcome, FaultReport, NodeStop } from '../fault-document.ts';
import { describeFault } from './fault-words.ts';
import { isFailOpen, sentToTaskAt, wasKnownSick } from './planted.ts';

export function faultReports(run: LabRun, requests: readonly JoinedRequest[]): readonly FaultReport[] {
  return run.faults.flatMap((fault) => {
    const task = run.tasks.find(({ id }) => id === fault.taskId);
    return task === undefined ? [] : [faultReport({ run, fault, task, requests: requests.filter((request) => request.task === task) })];
  });
}

interface Sickness {
  readonly run: LabRun;
  readonly fault: LabFault;
  readonly task: LabTask;
  /** Those that were sent to the task. */
  readonly requests: readonly JoinedRequest[];
}

function faultReport(sickness: Sickness): FaultReport {
  const { run, fault, task, requests } = sickness;
  const { planned, beganAt, endedAt } = fault;
  const stops = stopsOf(sickness);
  const during = requests.filter((request) => sentToTaskAt(request) >= beganAt && sentToTaskAt(request) < (endedAt ?? Infinity));
  const still = during.filter((request) => !isFailOpen(run, request));
  const byOutcome: Partial<Record<Outcome, number>> = {};
  for (const { client } of still) byOutcome[client.outcome] = (byOutcome[client.outcome] ?? 0) + 1;
  const inFlight = requests.filter((request) => sentToTaskAt(request) < beganAt && request.client.endedAt >= beganAt);
  const facts: Omit<FaultReport, 'summary'> = {
    kind: planned.kind,
    delayMs: planned.kind === 'slow' ? planned.delayMs : undefined,
    taskId: task.id,
    beganAt: relative(run, beganAt),
    endedAt: endedAt === undefined ? undefined : relative(run, endedAt),
    boundMs: stopBoundMs(run.options.balancer.healthCheck),
    slackMs: boundSlackMs(run),
    stopped: stops.map(({ node, at, why }) => ({
      node,
      at: at === undefined ? undefined : relative(run, at),
      afterMs: at === undefined ? undefined : Math.round(at - beganAt),
      why,
    })),
    bound: still.some(wasKnownSick) ? 'broken' : boundOutcome(sickness, stops),
    sent: still.length,
    byOutcome,
    lostInFlight: inFlight.filter(({ client }) => client.outcome !== 'answered').length,
    sentFailOpen: during.filter((request) => isFailOpen(run, request)).length,
    replacedBy: run.tasks.find(({ replaces }) => replaces === task.id)?.id,
  };
  return { ...facts, summary: describeFault(run, facts) };
}

type Stop = Omit<NodeStop, 'afterMs'>;

/** One entry for each node that had the task in rotation when the fault began. */
function stopsOf({ run, fault, task }: Sickness): readonly Stop[] {
  return rotationsOf(run, task)
    .filter(({ from, to }) => from <= fault.beganAt && (to ?? Infinity) > fault.beganAt)
    .map(({ node, to, why }) => ({ node, at: to, why }))
    .toSorted((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || a.node.localeCompare(b.node));
}

function boundOutcome({ run, fault }: Sickness, stops: readonly Stop[]): BoundOutcome {
  const { healthCheck } = run.options.balancer;
  const { planned, beganAt, endedAt } = fault;
  if (planned.kind === 'slow' && planned.delayMs < healthCheck.timeoutMs) return 'unnoticed';
  const lastAt = beganAt + stopBoundMs(healthCheck) + boundSlackMs(run);
  if (stops.length > 0 && stops.every(({ at, why }) => why === 'unhealthy' && at !== undefined && at <= lastAt)) return 'kept';
  if (endedAt !== undefined && endedAt < lastAt) return 'not-needed';
  const watchedUntil = run.phases.finishingAt ?? run.endedAt;
  return stops.some(({ at }) => (at ?? watchedUntil) > lastAt) ? 'broken' : 'cut-short';
}

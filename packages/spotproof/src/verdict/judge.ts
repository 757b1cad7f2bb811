import { account, type Account } from './account.ts';
import { assignBlame } from './blame/index.ts';
import { connectionReports } from './connections.ts';
import { decide } from './decide.ts';
import { faultReports } from './faults/fault-report.ts';
import { join, type JoinedRequest } from './join.ts';
import type { LabRun } from './lab-run.ts';
import { latencyReport } from './latency.ts';
import type { ClientRecord, Outcome } from '../load/client-record.ts';
import type { BalancerRecord } from '../balancer/balancer-record.ts';
import type { LabReport, LossEntry, RequestTotals } from './report-document.ts';
import { isSafeToRetry, lostDespiteRetry } from './retry.ts';
import { describeRun } from './run-description.ts';
import { relative } from './run-clock.ts';
import { latest, taskReports } from './task-report.ts';
import { voidReasons, workVoidReasons } from './validity.ts';
import { warnings } from './warnings.ts';
import { workReport } from './work/work-report.ts';
import type { WorkRecord } from '../work/work-record.ts';

/** What a verdict is made from. */
export interface Evidence {
  readonly run: LabRun;
  readonly client: readonly ClientRecord[];
  readonly balancer: readonly BalancerRecord[];
  /** Of a run with a sink. */
  readonly work?: readonly WorkRecord[] | undefined;
  /** Count losses of the control phase and a SIGKILL without a loss as failures too. */
  readonly strict: boolean;
  /** The command that repeats the run, seed included. */
  readonly repeat: string;
  readonly spotproofVersion: string;
}

/** Turns the evidence of one lab run into its report: the verdict, the figures, and a cause for each lost request. Pure. */
export function judge(evidence: Evidence): LabReport {
  const { run, strict } = evidence;
  const joined = join(run, evidence.client, evidence.balancer);
  const accounted = account(run, joined.requests);
  // What lanes, curves and tables show: a request that a planted fault took is as lost as any other.
  const shown: Account = { ...accounted, lost: [...accounted.lost, ...accounted.planted] };
  const faults = faultReports(run, joined.requests);
  const requests = requestTotals(run, accounted);
  const work = evidence.work === undefined ? undefined : workReport(run, evidence.work);
  const decision = decide({
    run,
    requests,
    lastLossAt: latest(accounted.lost.map(({ client }) => client.endedAt)),
    faults,
    work,
    voidReasons: [...voidReasons(run, joined), ...workVoidReasons(run, evidence.work)],
    strict,
  });
  const at = (time: number | undefined): number | undefined => (time === undefined ? undefined : relative(run, time));
  return {
    schema: 'spotproof.lab/1',
    ...decision,
    startedAt: new Date(run.startedAt).toISOString(),
    durationMs: relative(run, run.endedAt),
    run: describeRun(run, evidence.repeat),
    phases: { controlAt: at(run.phases.controlAt), interruptionAt: at(run.phases.interruptionAt), finishingAt: at(run.phases.finishingAt) },
    requests,
    connections: connectionReports(joined.requests),
    latency: latencyReport(run, shown),
    tasks: taskReports(run, shown),
    faults,
    ...(work === undefined ? {} : { work }),
    blame: assignBlame({ run, requests: joined.requests, lost: shown.lost }),
    losses: shown.lost
      .toSorted((a, b) => a.client.endedAt - b.client.endedAt)
      .slice(0, MAX_LOSSES)
      .map((loss) => lossEntry(run, loss)),
    warnings: warnings(run, accounted),
    spotproofVersion: evidence.spotproofVersion,
  };
}

function requestTotals(run: LabRun, { answered, tolerated, lost, planted }: Account): RequestTotals {
  const all = [...answered, ...tolerated, ...lost, ...planted];
  const byClass: Partial<Record<Outcome, number>> = {};
  for (const { client } of all) byClass[client.outcome] = (byClass[client.outcome] ?? 0) + 1;
  const inInterruption = lost.filter(({ phase }) => phase === 'interruption');
  return {
    planned: run.load?.planned ?? all.length,
    sent: run.load?.sent ?? all.length,
    total: all.length,
    answered: answered.length,
    tolerated: tolerated.length,
    lost: inInterruption.length,
    lostWithOneRetry: inInterruption.filter(lostDespiteRetry(run)).length,
    lostInControl: lost.length - inInterruption.length,
    lostToFaults: planted.length,
    byClass,
    repeated: all.filter(({ client }) => client.attempts !== undefined).length,
  };
}

function lossEntry(run: LabRun, loss: JoinedRequest): LossEntry {
  const { client, task, phase } = loss;
  return {
    id: client.id,
    name: client.name,
    at: relative(run, client.sentAt),
    endedAt: relative(run, client.endedAt),
    phase,
    outcome: client.outcome,
    status: client.status,
    taskId: task?.id,
    node: client.node,
    detail: client.detail ?? loss.balancer?.cause,
    safeToRetry: isSafeToRetry(loss),
  };
}

/** Keeps a report of a run that went wholly wrong readable. */
const MAX_LOSSES = 1000;

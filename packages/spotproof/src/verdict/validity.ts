import type { Joined } from './join.ts';
import type { LabRun } from './lab-run.ts';
import type { WorkRecord } from '../work/work-record.ts';
import { count, milliseconds, seconds, thousands } from './words.ts';

/** Latency is measured from the intended time, so a generator that is late by more than this at its p99 has measured itself. */
export const LATENCY_LATENESS_LIMIT_MS = 10;
const RUN_LATENESS_LIMIT_MS = 250;
const LOOP_DELAY_LIMIT_MS = 400;

export function latencyIsValid(run: LabRun): boolean {
  return run.load !== undefined && run.load.latenessMs.p99 <= LATENCY_LATENESS_LIMIT_MS;
}

/** Why the lab cannot vouch for what it counted, one sentence each; empty when it can. */
export function voidReasons(run: LabRun, joined: Joined): readonly string[] {
  return [...unfinished(run), ...starved(run), ...unaccounted(run, joined), ...untested(run)];
}

/** The same for the work of a run with a sink. */
export function workVoidReasons({ work }: LabRun, records: readonly WorkRecord[] = []): readonly string[] {
  if (work === undefined) return [];
  if (work.records === undefined) return ['The sink did not finish.'];
  if (work.records !== records.length)
    return [`${count(work.records, 'record')} of work written, ${thousands(records.length)} read: these must be equal.`];
  return records.length > 0 ? [] : ['No task told the sink of any work: post it to the address in SPOTPROOF_SINK.'];
}

function unfinished(run: LabRun): readonly string[] {
  return [
    ...(run.load === undefined ? ['The load generator did not finish.'] : []),
    ...(run.balancer === undefined ? ['The balancer did not finish.'] : []),
  ];
}

function starved(run: LabRun): readonly string[] {
  const reasons: string[] = [];
  const p99 = run.load?.latenessMs.p99 ?? 0;
  if (p99 > RUN_LATENESS_LIMIT_MS) {
    reasons.push(`The generator sent 1 % of the requests more than ${milliseconds(p99)} late (limit ${milliseconds(RUN_LATENESS_LIMIT_MS)}).`);
  }
  for (const [name, delayMs] of [
    ['balancer', run.balancer?.maxLoopDelayMs ?? 0],
    ['generator', run.load?.maxLoopDelayMs ?? 0],
  ] as const) {
    if (delayMs > LOOP_DELAY_LIMIT_MS) {
      reasons.push(`The event loop of the ${name} stood still for ${milliseconds(delayMs)} (limit ${milliseconds(LOOP_DELAY_LIMIT_MS)}).`);
    }
  }
  return reasons;
}

function unaccounted(run: LabRun, { requests, duplicatedIds }: Joined): readonly string[] {
  const reasons: string[] = [];
  if (run.load !== undefined) {
    const { planned, sent, ended } = run.load;
    if (planned !== sent || sent !== ended) reasons.push(`${count(planned, 'request')} planned, ${sent} sent, ${ended} ended: these must be equal.`);
    if (requests.length !== ended) reasons.push(`${count(requests.length, 'request')} on record, ${ended} ended: these must be equal.`);
  }
  if (duplicatedIds.length > 0)
    reasons.push(`${count(duplicatedIds.length, 'record')} too many: ${duplicatedIds.slice(0, 3).join(', ')} came twice.`);
  return reasons;
}

/** A verdict needs something to judge. A crash is something: it may well have left no task to interrupt. */
function untested(run: LabRun): readonly string[] {
  if (run.load !== undefined && run.load.planned === 0) return ['No request was sent.'];
  const missing = run.options.interruptions.length > 0 && run.tasks.every((task) => task.interruptedAt === undefined && !task.crashed);
  const healthy = run.options.faults.filter((planned) => run.faults.every((fault) => fault.planned !== planned));
  return [
    ...(missing ? ['No task was interrupted, although the schedule asked for it.'] : []),
    ...healthy.map(({ kind, atMs }) => `The fault ${kind} at ${seconds(atMs)} hit no task.`),
  ];
}

import { isBadAnswerOfApp } from '../account.ts';
import type { JoinedRequest } from '../join.ts';
import type { LabRun, LabTask } from '../lab-run.ts';
import { arrivedAt } from '../task-report.ts';
import { rotationsOf } from '../rotation.ts';
import { list } from '../words.ts';
import { brokeAt, OBSERVATION_SLACK_MS, wasCutOff, wasInAnswer, wasRefused } from './facts.ts';

/**
 * What came of SIGTERM in the app before SIGKILL found it, as far as anything on record shows it: a noun phrase each, without times, so that tasks may share them.
 * Empty for an app that went on as if nothing had been said, which is no proof that it did not hear it.
 */
export function reactionsOf(run: LabRun, task: LabTask, requests: readonly JoinedRequest[]): readonly string[] {
  const { sigtermAt, drainReport, listenerClosedAt } = task;
  if (sigtermAt === undefined) return [];
  const end = (task.sigkillAt ?? task.exitedAt ?? Infinity) - OBSERVATION_SLACK_MS;
  const isBetween = (at: number): boolean => at >= sigtermAt && at < end;
  const seen = requests.filter((request) => request.task === task && isBetween(brokeAt(request)));
  const reasons = failedChecks(run, task, isBetween);
  const statuses = newStatuses(requests, (request) => request.task === task && arrivedAt(request) >= sigtermAt);
  const words = task.saidAfterSigterm.find((line) => OF_A_SHUTDOWN.test(line));
  return [
    ...(drainReport === undefined ? [] : ['a drain report']),
    ...(words === undefined ? [] : [`its words "${words.trim().slice(0, MOST_CHARACTERS)}"`]),
    ...(listenerClosedAt !== undefined && listenerClosedAt < end ? [CLOSED_LISTENER] : []),
    ...(seen.some(wasRefused) ? ['refused connections'] : []),
    ...(reasons === undefined ? [] : [`health checks that failed${reasons.length === 0 ? '' : ` with ${list(reasons)}`}`]),
    ...(statuses.length === 0 ? [] : [`answers with ${list(statuses.map(String))}`]),
    ...(seen.some((one) => wasCutOff(one) && !wasIdle(one)) ? ['connections cut'] : []),
    ...(seen.some(({ client }) => client.longLived?.ending === 'told-to-reconnect') ? ['clients told to reconnect'] : []),
  ];
}

/** Whether the first process of the task is known to handle SIGTERM: it was seen to, or lived on where nothing protects it from the signal. */
export function firstProcessHeard(run: LabRun, task: LabTask): string | undefined {
  if (task.handlesSigterm === true) return 'a handler for it';
  return run.pidNamespaces ? undefined : 'that it lived on';
}

/** Bad answers after SIGTERM of a kind that there was none of at any other time or task. */
function newStatuses(requests: readonly JoinedRequest[], isAfterSigterm: (request: JoinedRequest) => boolean): readonly (number | undefined)[] {
  const bad = requests.filter(isBadAnswerOfApp);
  const ordinary = new Set(bad.filter((request) => !isAfterSigterm(request)).map(({ client }) => client.status));
  return [...new Set(bad.filter(isAfterSigterm).map(({ client }) => client.status))].filter((status) => !ordinary.has(status));
}

/** Why nodes that had found the task healthy no longer did; undefined when none did so. */
function failedChecks(run: LabRun, task: LabTask, isBetween: (at: number) => boolean): readonly string[] | undefined {
  const failures = rotationsOf(run, task).filter(({ why, to }) => why === 'unhealthy' && to !== undefined && isBetween(to));
  if (failures.length === 0) return undefined;
  const reports = run.targetHealth.filter(({ targetId, state, at }) => targetId === task.id && state === 'unhealthy' && isBetween(at));
  return [...new Set(reports.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))].toSorted();
}

/** Closed for idleness, perhaps, as at any other time. */
function wasIdle(request: JoinedRequest): boolean {
  return request.balancer?.connection === 'reused' && !wasInAnswer(request) && (request.balancer.idleMs ?? 0) >= IDLE_MS;
}

export const CLOSED_LISTENER = 'a closed listener';
/** A log of requests goes on after SIGTERM: only words of an ending are taken for more. */
const OF_A_SHUTDOWN =
  /\b(?:sigterm|shut(?:ting)?[ -]?down|drain(?:s|ed|ing)?|graceful(?:ly)?|terminat(?:e|es|ed|ing|ion)|stopping|(?:got|received|caught) (?:a )?signal)\b/i;
const MOST_CHARACTERS = 80;
const IDLE_MS = 500;

import { isBadAnswerOfApp } from '../account.ts';
import type { JoinedRequest } from '../join.ts';
import type { LabTask } from '../lab-run.ts';
import { latest } from '../task-report.ts';
import { intoTheLoad, loadBeginsAt } from '../run-clock.ts';
import { nodes, seconds } from '../words.ts';
import type { Facts, Losses } from './types.ts';

/** When the balancer, or else the client, saw the request fail. */
export function brokeAt({ balancer, client }: JoinedRequest): number {
  return balancer?.endedAt ?? client.endedAt;
}

/** When the request went out to its target. */
export function sentAt({ balancer, client }: JoinedRequest): number {
  return balancer?.sentAt ?? balancer?.receivedAt ?? client.sentAt;
}

/** No connection to the target came about. */
export function wasRefused({ balancer }: JoinedRequest): boolean {
  return balancer?.cause === 'target-refused';
}

/** The target ended the connection before or within its answer. */
export function wasCutOff({ balancer, client }: JoinedRequest): boolean {
  const cause = balancer?.cause;
  if (cause === 'target-fin' || cause === 'target-rst' || cause === 'target-fin-in-body' || cause === 'target-rst-in-body') return true;
  return cause === undefined && CUT_OFF_OUTCOMES.has(client.outcome);
}

/** The client had a part of the answer already. */
export function wasInAnswer({ balancer, client }: JoinedRequest): boolean {
  return balancer?.cause === 'target-fin-in-body' || balancer?.cause === 'target-rst-in-body' || client.outcome.startsWith('truncated');
}

/** The request needed the task when the task was ending, or already gone. */
export function lostToTheEndOf(task: LabTask, loss: JoinedRequest): boolean {
  if (task.exitedAt === undefined || isBadAnswerOfApp(loss)) return false;
  return (wasRefused(loss) || wasCutOff(loss)) && brokeAt(loss) >= task.exitedAt - OBSERVATION_SLACK_MS;
}

/** `node b still sent for 3.1 s`, counted from `since`; undefined when none did. */
export function stillSent(input: { readonly facts: Facts; readonly task: LabTask; readonly since: number }): string | undefined {
  const { facts, task, since } = input;
  const late = [...facts.lastSentBy(task)].filter(([, at]) => at - since >= 50).toSorted(([a], [b]) => a.localeCompare(b));
  if (late.length === 0) return undefined;
  const spans = late.map(([, at]) => at - since);
  const longest = Math.max(...spans);
  const upTo = late.length > 1 && longest - Math.min(...spans) > 200 ? 'up to ' : '';
  return `${nodes(late.map(([node]) => node))} still sent for ${upTo}${seconds(longest)}`;
}

/** `0.2 s after SIGTERM`, or a place on the run's own clock when there was none. */
export function sinceSigterm(input: { readonly facts: Facts; readonly task: LabTask; readonly at: number }): string {
  const { facts, task, at } = input;
  if (task.sigtermAt === undefined) return intoTheLoad(facts.run, at);
  return at < task.sigtermAt ? `${seconds(task.sigtermAt - at)} before SIGTERM` : `${seconds(at - task.sigtermAt)} after SIGTERM`;
}

/** `1.0 s after SIGTERM` or `1.0 to 4.2 s after SIGTERM` for many instants. */
export function spanSinceSigterm(input: { readonly facts: Facts; readonly task: LabTask; readonly times: readonly number[] }): string {
  const { facts, task, times } = input;
  const first = earliest(times);
  const last = latest(times) ?? first;
  const end = sinceSigterm({ facts, task, at: last });
  if (last - first < 150 || (task.sigtermAt !== undefined && first < task.sigtermAt)) return end;
  return `${seconds(first - (task.sigtermAt ?? loadBeginsAt(facts.run))).replace(' s', '')} to ${end}`;
}

export function earliest(times: readonly number[]): number {
  return times.reduce((low, time) => Math.min(low, time), Infinity);
}

/** `, 3 in the middle of their answers`, or nothing. */
export function inTheirAnswers(losses: Losses): string {
  const inAnswer = losses.filter(wasInAnswer).length;
  if (inAnswer === 0) return '';
  const amount = losses.length === 1 ? '' : inAnswer === losses.length ? 'all ' : `${inAnswer} `;
  return `, ${amount}in the middle of ${inAnswer === 1 ? 'its answer' : 'their answers'}`;
}

/** All losses of a group have the same task. */
export function taskOf(losses: Losses): LabTask | undefined {
  return losses[0].task;
}

export function taskName(task: LabTask | undefined): string {
  return task?.name ?? 'an unknown task';
}

/**
 * The lab sees an exit through the operating system, the balancer sees it through sockets: on a busy machine the two are this far apart, either way round.
 */
export const OBSERVATION_SLACK_MS = 250;

const CUT_OFF_OUTCOMES: ReadonlySet<string> = new Set(['no-response-fin', 'no-response-rst', 'truncated-fin', 'truncated-rst']);

import type { Account } from './account.ts';
import type { BalancerRecord } from '../balancer/balancer-record.ts';
import type { JoinedRequest } from './join.ts';
import type { LabRun, LabTask } from './lab-run.ts';
import type { TaskReport } from './report-document.ts';
import { loadBeginsAt, relative } from './run-clock.ts';
import { departuresOf, rotationsOf } from './rotation.ts';

export function taskReports(run: LabRun, account: Account): readonly TaskReport[] {
  return run.tasks.map((task) => taskReport({ run, task, account }));
}

function taskReport({ run, task, account }: { readonly run: LabRun; readonly task: LabTask; readonly account: Account }): TaskReport {
  const mine = (request: JoinedRequest): boolean => request.task === task;
  const answered = [...account.answered, ...account.tolerated].filter(mine);
  const lost = account.lost.filter(mine);
  const rotations = rotationsOf(run, task);
  const joined = new Map<string, number>();
  for (const { node, from } of rotations) joined.set(node, Math.min(from, joined.get(node) ?? Infinity));
  const at = (time: number): number => relative(run, time);
  const maybeAt = (time: number | undefined): number | undefined => (time === undefined ? undefined : at(time));
  return {
    id: task.id,
    name: task.name,
    port: task.port,
    replaces: task.replaces,
    states: task.states.map((entry) => ({ state: entry.state, at: at(entry.at) })),
    listeningAt: maybeAt(task.listeningAt),
    interruptedAt: maybeAt(task.interruptedAt),
    sigtermAt: maybeAt(task.sigtermAt),
    joinedBalancer: [...joined].map(([node, time]) => ({ node, at: at(time) })),
    leftBalancer: departuresOf(rotations).map((departure) => ({ ...departure, at: at(departure.at) })),
    listenerClosedAt: maybeAt(task.listenerClosedAt),
    exitedAt: maybeAt(task.exitedAt),
    exitCode: task.exitCode,
    exitSignal: task.exitSignal,
    killed: task.killed,
    crashed: task.crashed,
    served: answered.length,
    lost: lost.length,
    lastRequestAt: maybeAt(latest(allArrivals(account, task))),
    traffic: traffic({ run, answered, lost }),
    drainReport: task.drainReport,
    output: task.output,
  };
}

function traffic(input: {
  readonly run: LabRun;
  readonly answered: readonly JoinedRequest[];
  readonly lost: readonly JoinedRequest[];
}): TaskReport['traffic'] {
  const begins = loadBeginsAt(input.run);
  const buckets = new Map<number, { answered: number; lost: number }>();
  for (const key of ['answered', 'lost'] as const) {
    for (const request of input[key]) {
      const second = Math.floor((arrivedAt(request) - begins) / 1000);
      const bucket = buckets.get(second) ?? { answered: 0, lost: 0 };
      bucket[key] += 1;
      buckets.set(second, bucket);
    }
  }
  return [...buckets].toSorted(([a], [b]) => a - b).map(([second, bucket]) => ({ at: relative(input.run, begins + second * 1000), ...bucket }));
}

/** Those of attempts that were repeated elsewhere, too. */
function allArrivals({ answered, tolerated, lost }: Account, task: LabTask): readonly number[] {
  return [...answered, ...tolerated, ...lost].flatMap((request) => arrivalsAt(request, task));
}

/** When the task got the request, each time that it did. */
export function arrivalsAt(request: JoinedRequest, task: LabTask): readonly number[] {
  return [...request.earlier, request].filter((attempt) => attempt.task === task).map(arrivedAt);
}

/** When a node passed the request on to its target. */
export function arrivedAt({ client, balancer }: Arrival): number {
  return balancer?.sentAt ?? balancer?.receivedAt ?? client.sentAt;
}

interface Arrival {
  readonly client: { readonly sentAt: number };
  readonly balancer: BalancerRecord | undefined;
}

export function latest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((high, time) => Math.max(high, time), -Infinity);
}

import type { LabRun, LabTask } from './lab-run.ts';
import type { Attempt, ClientRecord } from '../load/client-record.ts';
import type { BalancerRecord } from '../balancer/balancer-record.ts';

/** One request with everything that is known about it, joined by its id over client, balancer and task. */
export interface JoinedRequest {
  readonly client: ClientRecord;
  /** Undefined when the balancer never wrote a line about it. */
  readonly balancer: BalancerRecord | undefined;
  /** Undefined when no target was chosen. */
  readonly task: LabTask | undefined;
  readonly phase: Phase;
  /** Earlier attempts of a client that repeats its requests, none of which was the answer. */
  readonly earlier: readonly JoinedAttempt[];
}

/** One attempt that was not the last. */
export interface JoinedAttempt {
  readonly client: Attempt;
  readonly balancer: BalancerRecord | undefined;
  readonly task: LabTask | undefined;
}

export type Phase = 'control' | 'interruption';

export interface Joined {
  readonly requests: readonly JoinedRequest[];
  /** Ids that more than one client record carries; the first record counts. */
  readonly duplicatedIds: readonly string[];
}

/** Joins the records of a run; each request id appears once in the result. */
export function join(run: LabRun, client: readonly ClientRecord[], balancer: readonly BalancerRecord[]): Joined {
  const byId = new Map<string, BalancerRecord>();
  for (const record of balancer) if (record.id !== undefined && !byId.has(record.id)) byId.set(record.id, record);
  const taskOf = taskFinder(run.tasks);

  const seen = new Set<string>();
  const requests: JoinedRequest[] = [];
  const duplicatedIds: string[] = [];
  for (const record of client) {
    if (seen.has(record.id)) {
      duplicatedIds.push(record.id);
      continue;
    }
    seen.add(record.id);
    const attempts = record.attempts ?? [];
    // The balancer knows each attempt by an id of its own.
    const seenByBalancer = byId.get(attempts.at(-1)?.id ?? record.id);
    const earlier = attempts.slice(0, -1).map((client): JoinedAttempt => {
      const found = byId.get(client.id);
      return { client, balancer: found, task: taskOf(found?.target) };
    });
    requests.push({ client: record, balancer: seenByBalancer, task: taskOf(seenByBalancer?.target), phase: phaseOf(run, record), earlier });
  }
  return { requests, duplicatedIds };
}

/**
 * A request belongs to the control phase when it was over before the interruption phase began. One that was meant to be sent earlier but was still open
 * then could be lost to the interruption, so it belongs to that: otherwise the longest answers, which are lost first, would be excused.
 */
function phaseOf(run: LabRun, record: ClientRecord): Phase {
  const beginsAt = run.phases.interruptionAt;
  return beginsAt === undefined || Math.max(record.intendedAt, record.endedAt) < beginsAt ? 'control' : 'interruption';
}

/** Finds the task of a target by its id, its name or its address. */
function taskFinder(tasks: readonly LabTask[]): (target: string | undefined) => LabTask | undefined {
  const byKey = new Map<string, LabTask>();
  for (const task of tasks) for (const key of [task.id, task.name, `127.0.0.1:${task.port}`]) if (!byKey.has(key)) byKey.set(key, task);
  return (target) => (target === undefined ? undefined : byKey.get(target));
}

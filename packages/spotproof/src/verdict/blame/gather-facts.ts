import type { JoinedRequest } from '../join.ts';
import type { LabRun, LabTask } from '../lab-run.ts';
import { reactionsOf } from './reactions.ts';
import type { Facts } from './types.ts';

export function gatherFacts(run: LabRun, requests: readonly JoinedRequest[]): Facts {
  const lastSent = new Map<LabTask, Map<string, number>>();
  for (const { task, balancer } of requests) {
    if (task === undefined || balancer === undefined) continue;
    const byNode = lastSent.get(task) ?? new Map<string, number>();
    byNode.set(balancer.node, Math.max(balancer.sentAt ?? balancer.receivedAt, byNode.get(balancer.node) ?? -Infinity));
    lastSent.set(task, byNode);
  }
  const reactions = new Map<LabTask, readonly string[]>();
  return {
    run,
    lastSentBy: (task) => lastSent.get(task) ?? new Map<string, number>(),
    reactionsOf: (task) => {
      const known = reactions.get(task) ?? reactionsOf(run, task, requests);
      reactions.set(task, known);
      return known;
    },
  };
}

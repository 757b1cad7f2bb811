import type { LabRun } from '../lab-run.ts';
import { intoTheLoad } from '../run-clock.ts';
import { count, list, nodes, seconds, thousands } from '../words.ts';
import type { FaultReport } from '../fault-document.ts';

type Facts = Omit<FaultReport, 'summary'>;

/** A paragraph for a person: what was done to the task, when the traffic stopped, what was sent until then, and what became of the task. */
export function describeFault(run: LabRun, facts: Facts): string {
  const { taskId, beganAt, endedAt, replacedBy } = facts;
  const length = endedAt === undefined ? '' : ` for ${seconds(endedAt - beganAt)}`;
  return [
    `${taskId} ${deed(facts)}${length}, from ${intoTheLoad(run, run.startedAt + beganAt)}.`,
    ...stopWords(facts),
    boundWords(run, facts),
    ...sentWords(facts),
    ...(replacedBy === undefined ? [] : [`ECS replaced it by ${replacedBy}.`]),
  ].join(' ');
}

/** `task-1 (hang)`. */
export function sickName({ taskId, kind }: { readonly taskId: string; readonly kind: string }): string {
  return `${taskId} (${kind})`;
}

function deed({ kind, delayMs }: Facts): string {
  switch (kind) {
    case 'hang':
      return 'took requests and answered none (hang)';
    case '5xx':
      return 'answered every request with 500 (5xx)';
    case 'slow':
      return `gave every answer ${seconds(delayMs ?? 0)} later (slow)`;
    case 'stall':
      return 'stood still, its processes stopped (stall)';
  }
}

function stopWords({ stopped, endedAt }: Facts): readonly string[] {
  if (stopped.length === 0) return ['No node was sending to it.'];
  const out = stopped
    .flatMap(({ node, afterMs, why }) =>
      afterMs === undefined ? [] : [{ node, after: `after ${seconds(afterMs)}`, left: why === 'deregistered' ? ' (deregistered)' : '' }],
    )
    .map(({ node, after, left }, index) => `${nodes([node])}${index === 0 ? ' stopped sending' : ''} ${after}${left}`);
  const never = stopped.flatMap(({ node, at }) => (at === undefined ? [node] : []));
  const stayed = never.length === 0 ? [] : [`${nodes(never)} went on sending${endedAt === undefined ? ' to the end of the run' : ''}`];
  return [`${[...out, ...stayed].join(', ')}.`];
}

function boundWords(run: LabRun, { bound, boundMs }: Facts): string {
  const { intervalMs, timeoutMs, unhealthyThreshold } = run.options.balancer.healthCheck;
  const sum = `${seconds(boundMs)} (${seconds(intervalMs)} × ${unhealthyThreshold} + ${seconds(timeoutMs)})`;
  switch (bound) {
    case 'kept':
      return `That keeps the bound of ${sum}.`;
    case 'broken':
      return `That BREAKS the bound of ${sum}.`;
    case 'not-needed':
      return `It was over before the bound of ${sum} was.`;
    case 'unnoticed':
      return `An answer that comes within the timeout of ${seconds(timeoutMs)} fails no health check.`;
    case 'cut-short':
      return `The bound of ${sum} was not put to the test.`;
  }
}

function sentWords({ sent, byOutcome, lostInFlight, sentFailOpen }: Facts): readonly string[] {
  const became = Object.entries(byOutcome)
    .toSorted(([, a], [, b]) => b - a)
    .map(([outcome, n]) => `${thousands(n)} ${outcome}`);
  return [
    `${count(sent, 'request')} ${sent === 1 ? 'was' : 'were'} still sent to it${became.length === 0 ? '' : `: ${list(became)}`}.`,
    ...(lostInFlight === 0 ? [] : [`${count(lostInFlight, 'request')} in flight ${lostInFlight === 1 ? 'was' : 'were'} lost.`]),
    ...(sentFailOpen === 0 ? [] : [`${count(sentFailOpen, 'more request')} went to it because no target was healthy (fail-open).`]),
  ];
}

import type { JoinedRequest } from '../join.ts';
import type { LabRun } from '../lab-run.ts';
import type { BlameEntry } from '../report-document.ts';
import type { Outcome } from '../../load/client-record.ts';
import { gatherFacts } from './gather-facts.ts';
import { RULES } from './rules/index.ts';
import type { BlameRule, Losses } from './types.ts';

/**
 * Finds the cause of each loss in the facts, and says it once per cause, task and phase. Every loss is in exactly one entry, so the counts add up to all losses.
 * Losses of the interruption phase come first, then the largest groups.
 */
export function assignBlame(input: {
  readonly run: LabRun;
  readonly requests: readonly JoinedRequest[];
  readonly lost: readonly JoinedRequest[];
}): readonly BlameEntry[] {
  const facts = gatherFacts(input.run, input.requests);
  const groups = new Map<string, { readonly rule: BlameRule; readonly losses: [JoinedRequest, ...JoinedRequest[]] }>();
  for (const loss of input.lost) {
    const rule = RULES.find((candidate) => candidate.explains(loss, facts));
    // The last rule explains everything, so this is a mistake in the list of rules.
    if (rule === undefined) throw new Error('no blame rule explains a loss');
    const key = `${rule.id} ${loss.task?.id ?? ''} ${loss.phase}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { rule, losses: [loss] });
    else group.losses.push(loss);
  }
  return [...groups.values()]
    .toSorted((a, b) => phaseRank(a.losses) - phaseRank(b.losses) || b.losses.length - a.losses.length)
    .map(({ rule, losses }) => ({
      count: losses.length,
      ...rule.describe(losses, facts),
      taskId: losses[0].task?.id,
      phase: losses[0].phase,
      outcome: commonestOutcome(losses),
      requestIds: losses.slice(0, SAMPLE_SIZE).map(({ client }) => client.id),
    }));
}

function phaseRank([first]: Losses): number {
  return first.phase === 'interruption' ? 0 : 1;
}

function commonestOutcome(losses: Losses): Outcome {
  const counts = new Map<Outcome, number>();
  for (const { client } of losses) counts.set(client.outcome, (counts.get(client.outcome) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

const SAMPLE_SIZE = 5;

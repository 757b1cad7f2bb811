import { count, list, seconds } from '../verdict/words.ts';
import type { DrillOptions } from './options.ts';
import type { Refusal } from './safety.ts';
import type { Survey } from './survey.ts';

/** What `--dry-run` prints: the plan as it stands now. */
export interface DrillPlan {
  readonly schema: 'spotproof.drill-plan/1';
  readonly cluster: string;
  readonly service: string;
  readonly desired: number;
  readonly serving: number;
  readonly waves: readonly { readonly number: number; readonly atMs: number; readonly count: number | 'all' }[];
  /** ARNs of the tasks that the first wave would stop now. */
  readonly first: readonly string[];
  readonly stopTimeouts: Survey['stopTimeouts'];
  readonly deregistrationDelays: Survey['deregistrationDelays'];
  /** Empty: it would be done. */
  readonly refusals: readonly Refusal[];
}

export function planDocument(survey: Survey, { cluster, service }: DrillOptions): DrillPlan {
  const { waves, stopTimeouts, deregistrationDelays, refusals } = survey;
  return {
    schema: 'spotproof.drill-plan/1',
    cluster,
    service,
    desired: survey.before.service.desiredCount,
    serving: survey.serving,
    waves,
    first: survey.first.map(({ arn }) => arn),
    stopTimeouts,
    deregistrationDelays,
    refusals,
  };
}

export function renderPlan(plan: DrillPlan): string {
  const { waves, first, refusals } = plan;
  const lines = [
    `Nothing is stopped. ${plan.cluster}/${plan.service}: ${plan.serving} of ${plan.desired} serving.`,
    ...waves.map(
      ({ number, atMs, count: tasks }) => `  wave ${number} after ${seconds(atMs)}: ${tasks === 'all' ? 'all running tasks' : count(tasks, 'task')}`,
    ),
    `The first wave would now stop ${first.length === 0 ? 'nothing' : list(first.slice(0, MOST_SHOWN))}${first.length > MOST_SHOWN ? ` and ${first.length - MOST_SHOWN} more` : ''}.`,
    ...refusals.map(({ sentence, flag }) => `Refused: ${sentence}${flag === undefined ? '' : ` (${flag})`}`),
  ];
  return `${lines.join('\n')}\n`;
}

const MOST_SHOWN = 20;

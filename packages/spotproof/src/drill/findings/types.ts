import type { DrillReport, Finding } from '../report-document.ts';

export interface FindingFacts extends Pick<DrillReport, 'service' | 'plan' | 'strength' | 'tasks' | 'replacements' | 'events' | 'load'> {
  /** What the scheduler of ECS said, oldest first. */
  readonly messages: readonly string[];
  /** By Ctrl-C: what was not waited for is no finding. */
  readonly wasCancelled: boolean;
}

/** Undefined when there is nothing to say. */
export type FindingRule = (facts: FindingFacts) => Finding | undefined;

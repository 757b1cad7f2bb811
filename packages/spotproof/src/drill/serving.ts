import type { DrillTask, ServiceReading, TargetReading } from '@spotproof/controller';
import { isRunning } from './plan.ts';

/** What one look at AWS showed. */
export interface Snapshot {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly service: ServiceReading;
  /** Those that shall run, and those that the drill has stopped. */
  readonly tasks: readonly DrillTask[];
  /** By target group. */
  readonly targets: ReadonlyMap<string, readonly TargetReading[]>;
}

/**
 * How many can take a request now: healthy targets of the group that has the fewest, whatever service they belong to, so that an On-Demand twin counts;
 * running tasks where there is no target group.
 */
export function servingOf({ tasks, targets }: Pick<Snapshot, 'tasks' | 'targets'>): number {
  if (targets.size === 0) return tasks.filter(isRunning).length;
  return Math.min(...[...targets.values()].map((group) => group.filter(({ state }) => state === 'healthy').length));
}

import { isSpotInterruption, type TaskEnding } from '../events/spot-interruption.ts';
import { type CapacityOptions, withDefaults } from './options.ts';
import type { PrimaryView } from './types.ts';

/** What DescribeTasks and DescribeTargetHealth say about one task of a service. Times are epoch milliseconds. */
export interface TaskView extends TaskEnding {
  readonly lastStatus: string;
  readonly capacityProviderName: string | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly stoppingAt: number | undefined;
  /** Its target is healthy, or its container is where there is no target group; undefined where nobody checks. */
  readonly isHealthy: boolean | undefined;
}

export type TaskCounts = Pick<PrimaryView, 'serving' | 'young' | 'onSpot' | 'interruptedLately' | 'startedLately'>;

/**
 * Counts the tasks of a service as a plan needs them. A task that is told to stop counts for nothing any more, however well it still serves: in two
 * minutes at most it is gone.
 */
export function countTasks(tasks: readonly TaskView[], now: number, options: CapacityOptions): TaskCounts {
  const { launchGraceMs, burstWindowMs } = withDefaults(options);
  const isLate = (at: number | undefined): boolean => at !== undefined && now - at <= burstWindowMs;
  const counts = { serving: 0, young: 0, onSpot: 0, interruptedLately: 0, startedLately: 0 };
  for (const task of tasks) {
    if (task.desiredStatus !== 'RUNNING') {
      if (isSpotInterruption(task) && isLate(task.stoppingAt)) counts.interruptedLately += 1;
      continue;
    }
    const isServing = task.lastStatus === 'RUNNING' && task.isHealthy !== false;
    const isYoung = !isServing && now - task.createdAt < launchGraceMs;
    if (isServing) counts.serving += 1;
    if (isYoung) counts.young += 1;
    if ((isServing || isYoung) && task.capacityProviderName === 'FARGATE_SPOT') counts.onSpot += 1;
    if (isLate(task.startedAt)) counts.startedLately += 1;
  }
  return counts;
}

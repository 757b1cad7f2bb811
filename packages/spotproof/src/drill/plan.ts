import type { DrillTask } from '@spotproof/controller';
import type { DrillOptions } from './options.ts';

export interface PlannedWave {
  /** From 1. */
  readonly number: number;
  /** After the first wave, milliseconds. */
  readonly atMs: number;
  readonly count: number | 'all';
}

/** When how many tasks are stopped. Which ones is decided when a wave begins, for by then others run. */
export function planWaves({ waves, intervalMs, count }: Pick<DrillOptions, 'waves' | 'intervalMs' | 'count'>): readonly PlannedWave[] {
  return Array.from({ length: waves }, (_, index) => ({ number: index + 1, atMs: index * intervalMs, count }));
}

/**
 * The tasks that a wave stops: of those that run, the Spot ones where there are any, for On-Demand is never taken back; the longest running first, since
 * they have the most connections and the most state.
 */
export function chooseTasks(tasks: readonly DrillTask[], count: number | 'all'): readonly DrillTask[] {
  const running = tasks.filter(isRunning);
  const spot = running.filter(({ capacityProviderName }) => capacityProviderName === 'FARGATE_SPOT');
  const candidates = (spot.length > 0 ? spot : running).toSorted(
    (one, other) => (one.startedAt ?? one.createdAt) - (other.startedAt ?? other.createdAt) || (one.arn < other.arn ? -1 : 1),
  );
  return count === 'all' ? candidates : candidates.slice(0, count);
}

/** It runs, and shall go on to. */
export function isRunning({ lastStatus, desiredStatus }: Pick<DrillTask, 'lastStatus' | 'desiredStatus'>): boolean {
  return lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';
}

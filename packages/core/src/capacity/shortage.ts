import { targetOf } from './held-target.ts';
import type { CapacitySettings } from './options.ts';
import type { CapacityFigures, CapacityMemory, CapacityObservation } from './types.ts';

/** How much is missing, and how much fallback that asks for. */
export function measureShortage(observation: CapacityObservation, memory: CapacityMemory, options: CapacitySettings): CapacityFigures {
  const { primary } = observation;
  const target = targetOf(observation, memory);
  const deficit = Math.max(0, target - primary.serving - believedYoung(observation, memory, options));
  const isBurst = deficit > 0 && isMassReclaim(observation, target, options);
  const missing = isBurst ? deficit + primary.onSpot : deficit;
  return { target, deficit, wanted: Math.max(options.warmTasks, Math.min(missing, options.maxFallback)), isBurst };
}

/** The most that served during this shortage. Undefined while nothing is short. */
export function trackProgress(observation: CapacityObservation, memory: CapacityMemory): CapacityMemory['progress'] {
  const { primary, at } = observation;
  if (primary.serving >= targetOf(observation, memory)) return undefined;
  const { progress } = memory;
  if (progress === undefined || primary.serving > progress.serving || primary.interruptedLately > 0) return { serving: primary.serving, at };
  return progress;
}

/**
 * Young tasks are what ECS is mending by itself, whether it starts replacements at the notice or only when a task is STOPPED. But where tasks
 * are started again and again and none ever comes to serve, they are no capacity.
 */
function believedYoung({ primary, at }: CapacityObservation, { progress }: CapacityMemory, { launchGraceMs }: CapacitySettings): number {
  return progress !== undefined && at - progress.at >= 2 * launchGraceMs ? 0 : primary.young;
}

/**
 * Reclaims come together: most of those that hit one pool come within three minutes. When many went at once and Spot gives nothing back for them, the
 * rest is expected to follow, and the fallback needs the time that they still have to start.
 */
function isMassReclaim({ primary }: CapacityObservation, target: number, { burstShare }: CapacitySettings): boolean {
  if (primary.interruptedLately < Math.max(MIN_BURST, burstShare * target)) return false;
  return 2 * (primary.young + primary.startedLately) < primary.interruptedLately;
}

/** In a small service one interruption is a large share, and no storm. */
const MIN_BURST = 3;

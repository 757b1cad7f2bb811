import type { CapacityMemory, CapacityObservation, HeldTarget } from './types.ts';

/**
 * How many tasks there ought to be. Application Auto Scaling counts from the *running* tasks, so it may lower the desired count just because tasks
 * were taken back; a lower count is believed at once where it cannot have done so, else when it has lasted.
 */
export function targetOf({ primary, scaleIn, at }: CapacityObservation, { held }: Pick<CapacityMemory, 'held'>): number {
  if (held === undefined || scaleIn === 'none' || at - held.at >= BELIEVE_LOWER_MS) return primary.desired;
  return Math.max(primary.desired, held.target);
}

/** What to remember of the target while there is a shortage. */
export function holdTarget(observation: CapacityObservation, memory: CapacityMemory): HeldTarget {
  const target = targetOf(observation, memory);
  return memory.held !== undefined && target > observation.primary.desired ? memory.held : { target, at: observation.at };
}

const BELIEVE_LOWER_MS = 15 * 60_000;

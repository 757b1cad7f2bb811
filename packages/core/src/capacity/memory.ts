import { type CapacityOptions, withDefaults } from './options.ts';
import type { CapacityMemory, CapacityObservation } from './types.ts';

/** What to believe when nothing is remembered. A fallback that is found standing is taken for one that is needed: then it goes only when it has proved not to be. */
export function recallNothing(observation: CapacityObservation, options: CapacityOptions): CapacityMemory {
  const { stableForMs, warmTasks } = withDefaults(options);
  const isStanding = observation.fallback.desired > warmTasks;
  return {
    state: isStanding ? 'FALLBACK' : 'NORMAL',
    held: isStanding ? { target: observation.primary.desired, at: observation.at } : undefined,
    shortSince: undefined,
    stableSince: undefined,
    stableForMs,
    raisedAt: undefined,
    releasedAt: undefined,
    progress: undefined,
    suspendedScaleIn: isStanding && observation.scaleIn === 'suspended',
  };
}

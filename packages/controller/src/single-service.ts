import {
  type CapacityOptions,
  countTasks,
  type FallbackView,
  type HeldTarget,
  type PrimaryView,
  splitByStrategy,
  type TaskView,
} from '@spotproof/core/capacity';
import type { ScalingReading, ServiceReading } from './cloud.ts';
import type { SkipReason } from './decision.ts';

export interface SingleService {
  readonly service: ServiceReading;
  readonly tasks: readonly TaskView[];
  readonly scaling: ScalingReading | undefined;
  /** What the minimum is when nothing is short. */
  readonly normalMinCapacity: number;
  /** The target from before the shortage, which the desired count no longer tells: the raised minimum is in it. */
  readonly held: HeldTarget | undefined;
  readonly at: number;
  readonly capacity: CapacityOptions;
}

export type SingleServiceView =
  | {
      readonly type: 'view';
      readonly primary: PrimaryView;
      readonly fallback: FallbackView;
      readonly maxFallback: number;
      readonly minCapacityFor: (fallback: number, target: number) => number;
    }
  | { readonly type: 'unusable'; readonly why: SkipReason; readonly problem: string };

/**
 * A service that is its own fallback: more tasks are asked for than are wanted, so that the On-Demand share of its strategy makes up for what Spot
 * does not give. Seen as a primary of the size that is wanted and a fallback of the rest.
 */
export function viewSingleService({ service, tasks, scaling, normalMinCapacity, held, at, capacity }: SingleService): SingleServiceView {
  if (scaling === undefined)
    return { type: 'unusable', why: 'not-scalable', problem: `service ${service.name} has no scalable target, whose minimum could be raised` };
  const weights = service.strategy.reduce((sum, { weight = 0 }) => sum + weight, 0);
  const share =
    service.strategy.filter(({ capacityProvider }) => capacityProvider !== SPOT).reduce((sum, { weight = 0 }) => sum + weight, 0) / weights;
  if (!(share > 0))
    return {
      type: 'unusable',
      why: 'no-on-demand-share',
      problem: `the strategy of service ${service.name} gives no weight to FARGATE: more tasks would all be asked of Spot`,
    };

  const isRaised = scaling.minCapacity > normalMinCapacity;
  const wantedBefore = held?.target ?? normalMinCapacity;
  const raisedBy = isRaised ? Math.max(0, scaling.minCapacity - wantedBefore) : 0;
  // While the minimum is raised, and while it comes down, the desired count says what was asked for in all.
  const desired = held?.target ?? Math.max(0, service.desiredCount - raisedBy);
  return {
    type: 'view',
    primary: { desired, isRollingOut: service.isRollingOut, ...countWithinShares(service, tasks, { desired, at, capacity }) },
    // A failed placement of one provider tells nothing of the other: it is seen in the deficit that stays.
    fallback: { desired: Math.floor(raisedBy * share + ROUNDING), isRollingOut: false, placementFailed: false },
    maxFallback: Math.max(0, Math.min(capacity.maxFallback, Math.floor((scaling.maxCapacity - desired) * share + ROUNDING))),
    minCapacityFor: (fallback, target) =>
      fallback === 0 ? normalMinCapacity : Math.min(scaling.maxCapacity, target + Math.ceil(fallback / share - ROUNDING)),
  };
}

/**
 * Counts each provider's tasks up to its share of what is wanted: the rest is fallback. Only where some are missing: how AWS rounds the shares is not
 * documented, and nobody is short of anything who has all the tasks that were asked for.
 */
function countWithinShares(
  service: ServiceReading,
  tasks: readonly TaskView[],
  { desired, at, capacity }: { readonly desired: number; readonly at: number; readonly capacity: CapacityOptions },
): ReturnType<typeof countTasks> {
  const all = countTasks(tasks, at, capacity);
  if (all.serving >= Math.max(desired, service.desiredCount)) return all;
  let [serving, young] = [0, 0];
  for (const { provider, count } of splitByStrategy(service.strategy, desired)) {
    const own = countTasks(
      tasks.filter(({ capacityProviderName }) => capacityProviderName === provider),
      at,
      capacity,
    );
    serving += Math.min(own.serving, count);
    young += Math.min(own.young, Math.max(0, count - own.serving));
  }
  return { ...all, serving, young };
}

const SPOT = 'FARGATE_SPOT';
/** Shares such as 0.1 are no whole multiples in binary. */
const ROUNDING = 1e-9;

import { deliveryProfile, type WorldInput } from '@spotproof/world';
import type { ArenaOptions } from './arena.ts';

export type Scenario = Omit<ArenaOptions, 'seed' | 'replacement'>;

/** Facts of one test drive: a fleet of 500 for four hours, events as they may come on AWS. */
const BASE = { desired: 500, seconds: 4 * 3600, delivery: deliveryProfile('typical', 0) } as const;
const MINUTE = 60;

/** All of Spot goes within a minute and stays away for twenty. */
export const MASS_RECLAIM_WITH_DROUGHT: Scenario = {
  ...BASE,
  plot: plot([
    [0, { type: 'capacity', launches: 0 }],
    [0, { type: 'reclaim', share: 1, withinMs: 60_000, service: 'api' }],
    [20 * MINUTE, { type: 'capacity', launches: undefined }],
  ]),
};

/** All of Spot goes within a minute, and may come back at once. */
export const MASS_RECLAIM: Scenario = { ...BASE, plot: plot([[0, { type: 'reclaim', share: 1, withinMs: 60_000, service: 'api' }]]) };

/** Small storms with Spot to be had: there is nothing to do, and nothing should be left over. */
export function storms(count: number, size: number): Scenario {
  const times = Array.from({ length: count }, (_, index) => (5 + 15 * index) * MINUTE);
  return {
    ...BASE,
    seconds: 2 * 3600,
    plot: plot(times.map((second) => [second, { type: 'reclaim', share: size / 500, withinMs: 5_000, service: 'api' }] as const)),
  };
}

/** Spot goes and comes every few minutes. */
export const FLAPPING: Scenario = {
  ...BASE,
  plot: plot(
    Array.from({ length: 6 }, (_, index) => index * 10 * MINUTE).flatMap((second): readonly (readonly [number, WorldInput])[] => [
      [second, { type: 'capacity', launches: 0 }],
      [second, { type: 'reclaim', share: 0.5, withinMs: 60_000, service: 'api' }],
      [second + 5 * MINUTE, { type: 'capacity', launches: undefined }],
    ]),
  ),
};

function plot(entries: readonly (readonly [number, WorldInput])[]): ReadonlyMap<number, readonly WorldInput[]> {
  const bySecond = new Map<number, WorldInput[]>();
  for (const [second, input] of entries) bySecond.set(second, [...(bySecond.get(second) ?? []), input]);
  return bySecond;
}

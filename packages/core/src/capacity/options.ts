/** How a fallback is sized. Times are in milliseconds, shares between 0 and 1. */
export interface CapacityOptions {
  /** Never more fallback than this, whatever is missing. Whole, 0 or more. */
  readonly maxFallback: number;
  /** Never less fallback than this: a fallback that never runs proves nothing about its image, roles and subnets. Default 0. */
  readonly warmTasks?: number | undefined;
  /** How long a task may be on its way before it counts as missing. Default 120 s: a Fargate task takes 30 to 70 s as a rule. */
  readonly launchGraceMs?: number | undefined;
  /**
   * How long the primary must have been at strength before the first release: as long as the shortage was, a minute at least and this at most. Default 300 s.
   * A shortage that comes while the fallback is being released doubles it, up to one hour, and makes it the wait.
   */
  readonly stableForMs?: number | undefined;
  /** Between two steps of a release. Default 60 s. */
  readonly releaseIntervalMs?: number | undefined;
  /** What each step takes away. Default 0.25. */
  readonly releaseShare?: number | undefined;
  /** When this share of the target was interrupted within the burst window and is not being replaced, all of Spot is expected to go. Default 0.08. */
  readonly burstShare?: number | undefined;
  /** Default 30 s. */
  readonly burstWindowMs?: number | undefined;
}

/** The options with their defaults. */
export type CapacitySettings = { readonly [Name in keyof CapacityOptions]-?: number };

export function withDefaults(options: CapacityOptions): CapacitySettings {
  return {
    maxFallback: options.maxFallback,
    warmTasks: options.warmTasks ?? 0,
    launchGraceMs: options.launchGraceMs ?? 120_000,
    stableForMs: options.stableForMs ?? 300_000,
    releaseIntervalMs: options.releaseIntervalMs ?? 60_000,
    releaseShare: options.releaseShare ?? 0.25,
    burstShare: options.burstShare ?? 0.08,
    burstWindowMs: options.burstWindowMs ?? 30_000,
  };
}

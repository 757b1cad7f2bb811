/** How a fallback is sized. Times are in milliseconds, shares between 0 and 1. */
export interface CapacityOptions {
  /** Never more fallback than this, whatever is missing. Whole, 0 or more. */
  readonly maxFallback: number;
  /** Never less fallback than this: a fallback that never runs proves nothing about its image, roles and subnets. Default 0. */
  readonly warmTasks?: number;
  /** How long a task may be on its way before it counts as missing. Default 120 s: a Fargate task takes 30 to 70 s as a rule. */
  readonly launchGraceMs?: number;
  /** How long the primary must have been at strength before the first release. Default 300 s; doubled by each relapse within an hour, up to one hour. */
  readonly stableForMs?: number;
  /** Between two steps of a release. Default 60 s. */
  readonly releaseIntervalMs?: number;
  /** What each step takes away. Default 0.25. */
  readonly releaseShare?: number;
  /** When this share of the target was interrupted within the burst window and is not being replaced, all of Spot is expected to go. Default 0.08. */
  readonly burstShare?: number;
  /** Default 30 s. */
  readonly burstWindowMs?: number;
}

export function withDefaults(options: CapacityOptions): Required<CapacityOptions> {
  return { ...DEFAULTS, ...options };
}

const DEFAULTS = {
  warmTasks: 0,
  launchGraceMs: 120_000,
  stableForMs: 300_000,
  releaseIntervalMs: 60_000,
  releaseShare: 0.25,
  burstShare: 0.08,
  burstWindowMs: 30_000,
} as const;

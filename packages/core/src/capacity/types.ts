/** A unit of capacity: the primary service on Spot, and the fallback that stands in for what Spot does not give. */
export interface CapacityObservation {
  /** Milliseconds of any clock that does not go back. */
  readonly at: number;
  readonly primary: PrimaryView;
  readonly fallback: FallbackView;
  /** Somebody asked for nothing to be released, by a tag. */
  readonly paused: boolean;
  /** Scale-in of the primary's scalable target by Application Auto Scaling; `none` where there is no scalable target, or none that may be touched. */
  readonly scaleIn: 'none' | 'active' | 'suspended';
}

/** Counts of tasks. See {@link countTasks}. */
export interface PrimaryView {
  /** `desiredCount`. Read, never written. */
  readonly desired: number;
  /** RUNNING, wanted, and healthy as far as anybody checks. */
  readonly serving: number;
  /** Wanted and not serving yet, young enough to be on their way. */
  readonly young: number;
  /** Those of `serving` and `young` that run on Spot: what could still be taken back. */
  readonly onSpot: number;
  /** Told to stop by Spot within the burst window. */
  readonly interruptedLately: number;
  /** Started to run within the burst window. */
  readonly startedLately: number;
  readonly isRollingOut: boolean;
}

export interface FallbackView {
  /** How much is asked for at present: the `desiredCount` of the twin service. */
  readonly desired: number;
  readonly isRollingOut: boolean;
  /** Its own tasks cannot be placed: no On-Demand capacity, or a quota. */
  readonly placementFailed: boolean;
}

/**
 * `NORMAL` nothing to do · `RAISING` more fallback is being asked for · `FALLBACK` the fallback stands in · `SETTLING` the primary is at strength,
 * and must stay so for a while · `RELEASING` the fallback goes down in steps · `FROZEN` a deployment runs or somebody paused: it may go up, never
 * down · `EXHAUSTED` the fallback is at its bound, or cannot be placed either.
 */
export const CAPACITY_STATES = ['NORMAL', 'RAISING', 'FALLBACK', 'SETTLING', 'RELEASING', 'FROZEN', 'EXHAUSTED'] as const;
export type CapacityState = (typeof CAPACITY_STATES)[number];

/** What the primary was wanted to be before its shortage, and when that was seen last. */
export interface HeldTarget {
  readonly target: number;
  readonly at: number;
}

/** What is kept from one plan to the next. Losing it only delays the release. */
export interface CapacityMemory {
  readonly state: CapacityState;
  /** Set while there is a shortage. */
  readonly held: HeldTarget | undefined;
  /** When the shortage began that the fallback stands in for. */
  readonly shortSince: number | undefined;
  /** Since when the primary has had no deficit. */
  readonly stableSince: number | undefined;
  /** How long it must have had none, at most, before anything is released. Grows with each relapse. */
  readonly stableForMs: number;
  readonly raisedAt: number | undefined;
  readonly releasedAt: number | undefined;
  /** The most tasks that served since the shortage began, and when: young tasks are believed only while some of them come to serve. */
  readonly progress: { readonly serving: number; readonly at: number } | undefined;
  /** Scale-in was suspended by a plan, so a plan may resume it. */
  readonly suspendedScaleIn: boolean;
}

export type CapacityAction =
  /** An absolute value: doing it twice, or late, does no harm. */
  | { readonly type: 'set-fallback'; readonly count: number; readonly previous: number; readonly why: 'deficit' | 'burst' | 'release' }
  | { readonly type: 'suspend-scale-in' }
  | { readonly type: 'resume-scale-in' }
  | { readonly type: 'alarm'; readonly code: 'fallback-at-bound' | 'fallback-not-placed'; readonly missing: number };

export interface CapacityPlan {
  readonly actions: readonly CapacityAction[];
  readonly memory: CapacityMemory;
  /** The figures that decided, for a log. */
  readonly figures: CapacityFigures;
}

export interface CapacityFigures {
  /** How many tasks there ought to be. */
  readonly target: number;
  /** Missing of these, and not on their way. */
  readonly deficit: number;
  /** Asked of the fallback in all; 0 or more. */
  readonly wanted: number;
  readonly isBurst: boolean;
}

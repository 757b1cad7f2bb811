import type { LoopWatch } from '../health/loop-watch.ts';
import type { Readiness } from '../health/readiness.ts';

/** Paths that are answered here and not by the app. */
export interface HealthPaths {
  readonly readiness: string | undefined;
  readonly liveness: string | undefined;
  /** Decides what the readiness path answers while serving; without it the answer is always *ready*. */
  readonly checks?: Readiness | undefined;
  /** Decides what the liveness path answers while serving; without it the answer is always *live*. */
  readonly loop?: LoopWatch | undefined;
}

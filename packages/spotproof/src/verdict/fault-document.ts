import type { Outcome } from '../load/client-record.ts';
import type { FaultKind } from './fault.ts';

/** What became of one sick task. Times named `…At` are milliseconds after the start of the run. */
export interface FaultReport {
  readonly kind: FaultKind;
  /** `slow`: how much later each answer came. */
  readonly delayMs: number | undefined;
  readonly taskId: string;
  readonly beganAt: number;
  /** Undefined when it lasted to the end of the run. */
  readonly endedAt: number | undefined;
  /** Interval × unhealthy threshold + timeout of the health check. */
  readonly boundMs: number;
  /** What the clocks of the lab may add before the bound counts as broken. */
  readonly slackMs: number;
  /** When each node that sent to the task stopped doing so; `at` is undefined for one that never did. */
  readonly stopped: readonly NodeStop[];
  readonly bound: BoundOutcome;
  /** New requests that nodes still sent to it while others were healthy. */
  readonly sent: number;
  /** What became of those. */
  readonly byOutcome: Readonly<Partial<Record<Outcome, number>>>;
  /** Requests that were out when the fault began, and were lost. */
  readonly lostInFlight: number;
  /** Requests that nodes sent to it although they found it unhealthy, because they found no target healthy (fail-open). */
  readonly sentFailOpen: number;
  /** The task that the scheduler started in its place. */
  readonly replacedBy: string | undefined;
  /** All of it for a person. */
  readonly summary: string;
}

export interface NodeStop {
  readonly node: string;
  readonly at: number | undefined;
  readonly afterMs: number | undefined;
  readonly why: 'unhealthy' | 'deregistered' | undefined;
}

/**
 * `kept` every node found it unhealthy within the bound · `broken` one still sent after it, or although it had found it
 * unhealthy · `not-needed` the fault was over before the bound was · `unnoticed` a
 * delay below the timeout of the health check fails no check · `cut-short` the run ended, or the task was deregistered, before the bound was over.
 */
export type BoundOutcome = 'kept' | 'broken' | 'not-needed' | 'unnoticed' | 'cut-short';

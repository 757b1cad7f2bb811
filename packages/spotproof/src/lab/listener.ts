import type { BalancerReport } from '../balancer/protocol.ts';
import type { LoadReport } from '../load/protocol.ts';
import type { WorkFigures } from '../work/tally.ts';
import type { LabEvent, TargetHealthReport } from '../verdict/lab-run.ts';

/** Whoever shows a run while it goes on. Called synchronously: it must not throw, and not take long. */
export interface LabListener {
  onProgress(progress: LabProgress): void;
}

export type LabProgress =
  | { readonly type: 'phase'; readonly at: number; readonly phase: LabPhase }
  | { readonly type: 'isolation'; readonly pidNamespaces: boolean; readonly why: string | undefined }
  /** What every task is told by `protect`: the environment variables with their values. */
  | { readonly type: 'protection'; readonly env: Readonly<Record<string, string>> }
  | { readonly type: 'task'; readonly event: LabEvent }
  | { readonly type: 'target-health'; readonly report: TargetHealthReport }
  /** Once a second while the load runs. */
  | { readonly type: 'load'; readonly report: Extract<LoadReport, { readonly type: 'progress' }> }
  | { readonly type: 'balancer'; readonly report: Extract<BalancerReport, { readonly type: 'load' }> }
  /** AWS clients can come: what they must find in their environment, what is there, and where its requests go. */
  | {
      readonly type: 'aws';
      readonly environment: Readonly<Record<string, string>>;
      readonly cluster: string;
      readonly service: string;
      readonly url: string;
    }
  /** The capacity controller beside the run has decided something: a line of its decision log. */
  | { readonly type: 'controller'; readonly at: number; readonly decision: Readonly<Record<string, unknown>> }
  /** Soon after the sink was told something new. */
  | { readonly type: 'work'; readonly at: number; readonly figures: WorkFigures }
  | { readonly type: 'warning'; readonly sentence: string };

/**
 * `starting` until every port listens · `health` until every node finds every target healthy · … · `work` until accepted work is done, if some is open · `stopping`
 * everything is cleared away.
 */
export type LabPhase = 'starting' | 'health' | 'control' | 'interruption' | 'finishing' | 'work' | 'stopping';

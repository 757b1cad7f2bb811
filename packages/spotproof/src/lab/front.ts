import type { BalancerReport } from '../balancer/protocol.ts';
import { labFailure } from './ending.ts';
import type { Lab } from './lab.ts';
import type { Stage } from './stage.ts';
import type { TargetViews } from './target-views.ts';

/** What the balancer of a run says, for all who keep account of it. */
export function noteBalancerReport({ journal }: Lab, views: TargetViews, report: BalancerReport): void {
  views.onReport(report);
  journal.balancer(report);
}

/** Resolves when clients can connect; otherwise the run is over. */
export async function awaitBalancer({ changes, ending }: Lab, stage: Pick<Stage, 'nodes'>): Promise<void> {
  const isListening = await changes.until(() => stage.nodes.length > 0, { budgetMs: PROCESS_START_MS, signal: ending.signal });
  if (!isListening) ending.fail(labFailure('balancer-failed', `The balancer did not listen within ${PROCESS_START_MS / 1000} s.`));
  ending.signal.throwIfAborted();
}

const PROCESS_START_MS = 20_000;

import type { LabRun } from '../lab-run.ts';

interface Checks {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly unhealthyThreshold: number;
}

/**
 * How long after the begin of a fault a node may go on sending, in milliseconds: the last of the failing checks is sent at most one interval × threshold later, and
 * found out after its timeout ("Health checks for Application Load Balancer target groups": consecutive failures, one interval apart).
 */
export function stopBoundMs({ intervalMs, timeoutMs, unhealthyThreshold }: Checks): number {
  return intervalMs * unhealthyThreshold + timeoutMs;
}

/** What the clocks of the lab itself may add to the bound: timers that fire late, in the balancer above all. */
export function boundSlackMs(run: LabRun): number {
  return OWN_SLACK_MS + (run.balancer?.maxLoopDelayMs ?? 0);
}

const OWN_SLACK_MS = 250;

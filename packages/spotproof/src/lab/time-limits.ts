import { maxLatenessMs } from '@spotproof/world';
import { longestMs } from '../load/retry.ts';
import { stopBoundMs } from '../verdict/faults/bound.ts';
import type { LabOptions } from '../verdict/lab-run.ts';

/** How long the parts of a run may take before something must be wrong, in milliseconds. Nothing in the lab waits without end. */
export interface TimeLimits {
  /** From the registration of the first targets until every node finds all of them healthy. */
  readonly healthMs: number;
  /** From the start of the interruption phase until the last interrupted task is gone. */
  readonly interruptionMs: number;
  /** From `finish` until the last answer. */
  readonly answersMs: number;
  readonly loadMs: number;
  readonly wholeRunMs: number;
}

export function timeLimits(options: LabOptions): TimeLimits {
  const { healthCheck } = options.balancer;
  const healthMs = Math.min(15_000, options.startTimeoutMs) + 3 * (healthCheck.intervalMs + healthCheck.timeoutMs);
  const lastAtMs = Math.max(0, ...options.interruptions.map(({ atMs }) => atMs));
  const curedMs = Math.max(0, ...options.faults.map(({ atMs, lengthMs }) => atMs + Math.max(lengthMs ?? 0, stopBoundMs(healthCheck)) + SETTLE_MS));
  const goneMs = lastAtMs + latestDeregistrationMs(options) + options.stopTimeoutMs + SETTLE_MS;
  const interruptionMs = Math.max(goneMs, curedMs, options.durationMs ?? 0);
  const answersMs = Math.max(0, ...options.requests.map(longestMs)) + 15_000;
  const loadMs = options.controlMs + interruptionMs + 30_000;
  const startMs = 2 * options.startTimeoutMs + healthMs + 30_000;
  return {
    healthMs,
    interruptionMs,
    answersMs,
    loadMs,
    wholeRunMs: startMs + loadMs + answersMs + options.stopTimeoutMs + (options.work?.waitMs ?? 0) + 60_000,
  };
}

/** From the notice until the last node has let go of the target, at worst. */
function latestDeregistrationMs({ deregistration, stopTimeoutMs, maxNodeLagMs, balancer }: LabOptions): number {
  switch (deregistration.kind) {
    case 'after-sigterm':
      return Math.abs(deregistration.delayMs) + maxNodeLagMs;
    case 'profile':
      return maxLatenessMs(stopTimeoutMs) + maxNodeLagMs;
    case 'never': {
      // Only failed health checks end the traffic.
      const { intervalMs, timeoutMs, unhealthyThreshold } = balancer.healthCheck;
      return (intervalMs + timeoutMs) * (unhealthyThreshold + 1);
    }
  }
}

/** Deprovisioning, two quiet seconds, and a slow machine. */
const SETTLE_MS = 20_000;

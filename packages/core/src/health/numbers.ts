import { drainSchedule } from '../drain/index.ts';
import { SpotproofError } from '../errors.ts';

export interface HealthCheckFacts {
  /** From the start of the container to the first request it can answer, in milliseconds, 0 to 3 600 000. */
  readonly bootMs: number;
  /** The longest request that must not be lost, in milliseconds, 0 to 3 600 000. */
  readonly longestRequestMs: number;
  /** The container's `stopTimeout` in milliseconds. 2 000 to 120 000 on Fargate, 30 000 unless set (ECS ContainerDefinition.stopTimeout). */
  readonly stopTimeoutMs: number;
}

/** One setting: its value, why it is that, what AWS allows and uses unless told, and where AWS says so. */
export interface HealthCheckNumber {
  readonly value: number;
  readonly reason: string;
  readonly range: readonly [number, number];
  readonly awsDefault: number;
  readonly source: string;
}

export interface HealthCheckNumbers {
  readonly intervalSeconds: HealthCheckNumber;
  readonly timeoutSeconds: HealthCheckNumber;
  readonly healthyThreshold: HealthCheckNumber;
  readonly unhealthyThreshold: HealthCheckNumber;
  readonly gracePeriodSeconds: HealthCheckNumber;
  /** The longest a sick or draining task goes on getting requests when only health checks can stop them: interval × threshold + timeout. */
  readonly removalSeconds: number;
  /** What these numbers cannot do. */
  readonly warnings: readonly string[];
}

/**
 * Numbers for the health check of an Application Load Balancer's target group and the grace period of its ECS service.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a fact out of its range.
 */
export function healthCheckNumbers(facts: HealthCheckFacts): HealthCheckNumbers {
  const { bootMs, longestRequestMs, stopTimeoutMs } = facts;
  requireRange('bootMs', bootMs, 0, 3_600_000);
  requireRange('longestRequestMs', longestRequestMs, 0, 3_600_000);
  requireRange('stopTimeoutMs', stopTimeoutMs, 1_000, 3_600_000);
  const { lingerCapMs, stopMs } = drainSchedule(stopTimeoutMs);
  // New requests must have stopped by then: the linger ends, and what came last must still be answered before the stop signals.
  const windowSeconds = Math.max(0, Math.min(lingerCapMs, stopMs - longestRequestMs)) / 1_000;
  const pace = PACES.find(({ interval, timeout }) => interval * UNHEALTHY + timeout <= windowSeconds) ?? FASTEST;
  const removalSeconds = pace.interval * UNHEALTHY + pace.timeout;
  const graceSeconds = roundUp((2 * bootMs) / 1_000 + pace.interval + pace.timeout, 5);
  return {
    intervalSeconds: {
      value: pace.interval,
      reason:
        `${pace.interval} s × ${UNHEALTHY} + ${pace.timeout} s = ${removalSeconds} s: when nobody deregisters the target, failing checks are all that stops its ` +
        `traffic, and the drain can wait ${windowSeconds.toFixed(1)} s for that.`,
      range: [5, 300],
      awsDefault: 30,
      source: 'ELBv2 CreateTargetGroup HealthCheckIntervalSeconds',
    },
    timeoutSeconds: {
      value: pace.timeout,
      reason: 'Below the interval, and above the time in which the readiness endpoint always answers (1 s unless set otherwise).',
      range: [2, 120],
      awsDefault: 5,
      source: 'ELBv2 CreateTargetGroup HealthCheckTimeoutSeconds',
    },
    healthyThreshold: {
      value: 2,
      reason: 'Only for targets that come back: a new one needs a single good check.',
      range: [2, 10],
      awsDefault: 5,
      source: 'ELBv2 CreateTargetGroup HealthyThresholdCount',
    },
    unhealthyThreshold: {
      value: UNHEALTHY,
      reason: 'The least that is allowed: each further check keeps traffic on a task that is leaving or sick for one more interval.',
      range: [2, 10],
      awsDefault: 2,
      source: 'ELBv2 CreateTargetGroup UnhealthyThresholdCount',
    },
    gracePeriodSeconds: {
      value: graceSeconds,
      reason: `Twice the boot of ${(bootMs / 1_000).toFixed(1)} s, since a cold or busy host is slower, and one whole check. With the default of 0 ECS may stop a replacement before it ever served.`,
      range: [0, 2_147_483_647],
      awsDefault: 0,
      source: 'ECS Service healthCheckGracePeriodSeconds',
    },
    removalSeconds,
    warnings: warningsOf(facts, { windowSeconds, removalSeconds, stopMs }),
  };
}

function warningsOf(
  { bootMs, longestRequestMs, stopTimeoutMs }: HealthCheckFacts,
  { windowSeconds, removalSeconds, stopMs }: { readonly windowSeconds: number; readonly removalSeconds: number; readonly stopMs: number },
): readonly string[] {
  const warnings: string[] = [];
  const stopTimeout = `a stop timeout of ${stopTimeoutMs / 1_000} s`;
  if (longestRequestMs > stopMs) {
    warnings.push(
      `A request of ${longestRequestMs / 1_000} s cannot be saved with ${stopTimeout}: it must end ${stopMs / 1_000} s after SIGTERM. ${
        longestRequestMs < LONGEST_SAVED_MS ? 'Raise stopTimeout (at most 120 s on Fargate).' : 'Make the work resumable.'
      }`,
    );
  } else if (removalSeconds > windowSeconds) {
    warnings.push(
      `Failing health checks need ${removalSeconds} s to stop the traffic, and ${stopTimeout} leaves ${windowSeconds.toFixed(1)} s: only a deregistration by ECS or by ` +
        'the task itself is fast enough. Raise stopTimeout (at most 120 s on Fargate).',
    );
  }
  if (stopTimeoutMs > 120_000)
    warnings.push(`Fargate allows a stop timeout of at most 120 s, got ${stopTimeoutMs / 1_000} s: there the task would be killed earlier.`);
  if (bootMs > 120_000) {
    warnings.push(
      `A boot of ${bootMs / 1_000} s is longer than any warning of an interruption: a replacement is never there in time. Keep spare tasks running, or boot faster.`,
    );
  }
  return warnings;
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${name} must be a number of milliseconds from ${min} to ${max}, got ${String(value)}. Measure it, and pass milliseconds.`,
    { details: { option: name, got: String(value) } },
  );
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

const UNHEALTHY = 2;
const FASTEST = { interval: 5, timeout: 2 } as const;
/** The gentler one first: each balancer node checks each target, so ten seconds are enough where there is time. */
const PACES = [{ interval: 10, timeout: 5 }, FASTEST] as const;
/** When the stop signals fire at the longest stop timeout. */
const LONGEST_SAVED_MS = 112_000;

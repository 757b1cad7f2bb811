import { SpotproofError } from '@spotproof/core';
import type { Deregistration } from './spot/interruption.ts';

/** The service that a world runs, and how the cloud around it behaves. Every time is in milliseconds. */
export interface WorldConfig {
  /** The same seed and the same inputs at the same times give the same effects. */
  readonly seed: number;
  /** `desiredCount` of the service, 0 or more. */
  readonly desiredCount: number;
  /** Load balancer nodes, each of which learns of a deregistration by itself. 1 or more. */
  readonly nodes: number;
  /** `stopTimeout` of the container. AWS: 2 to 120 s, 30 s unless set. */
  readonly stopTimeoutMs: number;
  /** `deregistration_delay.timeout_seconds` of the target group: how long an ordinary stop waits before SIGTERM. */
  readonly deregistrationDelayMs: number;
  /** What a Spot interruption does to the target registration. */
  readonly deregistration: Deregistration;
  /** How late a node learns of a deregistration: drawn for each node between 0 and this. */
  readonly maxNodeLagMs: number;
  /** When the scheduler replaces an interrupted task. ECS starts trying at the notice (Fargate capacity providers page). */
  readonly replacement: 'at-notice' | 'after-stopped';
  /** How many more tasks Spot has capacity for; undefined for no limit. Fargate never falls back to On-Demand. */
  readonly launchesAvailable: number | undefined;
  readonly delays: TaskDelays;
}

/** How long a task stays in the states that the cloud decides about, drawn for each task; both ends included. */
export interface TaskDelays {
  readonly provisioningMs: DelayRange;
  readonly pendingMs: DelayRange;
  readonly deprovisioningMs: DelayRange;
}

export type DelayRange = readonly [min: number, max: number];

export const NO_DELAYS: TaskDelays = { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: [0, 0] };

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function checkConfig(config: WorldConfig): void {
  checkWhole('seed', config.seed, Number.MIN_SAFE_INTEGER);
  checkWhole('desiredCount', config.desiredCount, 0);
  checkWhole('nodes', config.nodes, 1);
  checkWhole('stopTimeoutMs', config.stopTimeoutMs, 1);
  checkWhole('deregistrationDelayMs', config.deregistrationDelayMs, 0);
  checkWhole('maxNodeLagMs', config.maxNodeLagMs, 0);
  if (config.launchesAvailable !== undefined) checkWhole('launchesAvailable', config.launchesAvailable, 0);
  if (config.deregistration.kind === 'after-sigterm') checkWhole('deregistration.delayMs', config.deregistration.delayMs, Number.MIN_SAFE_INTEGER);
  for (const [name, [min, max]] of Object.entries(config.delays)) {
    checkWhole(`delays.${name}[0]`, min, 0);
    checkWhole(`delays.${name}[1]`, max, min);
  }
}

function checkWhole(option: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${option} must be a whole number${min === Number.MIN_SAFE_INTEGER ? '' : ` of ${min} or more`}, got ${value}. Correct the value.`,
    { details: { option, got: value } },
  );
}

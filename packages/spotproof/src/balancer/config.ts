import { SpotproofError } from '@spotproof/core';
import type { BalancerConfig } from './protocol.ts';

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function checkBalancerConfig(config: BalancerConfig): void {
  const { healthCheck } = config;
  check('nodes', config.nodes, 1, MAX_NODES);
  check('idleTimeoutMs', config.idleTimeoutMs, 1, 4_000_000);
  check('clientKeepAliveMs', config.clientKeepAliveMs, 1, 604_800_000);
  check('connectTimeoutMs', config.connectTimeoutMs, 1, 600_000);
  check('deregistrationDelayMs', config.deregistrationDelayMs, 0, 3_600_000);
  check('finLagMs', config.finLagMs, 0, 10_000);
  check('healthCheck.intervalMs', healthCheck.intervalMs, 1, 300_000);
  check('healthCheck.timeoutMs', healthCheck.timeoutMs, 1, 120_000);
  check('healthCheck.healthyThreshold', healthCheck.healthyThreshold, 1, 10);
  check('healthCheck.unhealthyThreshold', healthCheck.unhealthyThreshold, 1, 10);
  check('healthCheck.matcher[0]', healthCheck.matcher[0], 100, 599);
  check('healthCheck.matcher[1]', healthCheck.matcher[1], healthCheck.matcher[0], 599);
  if (/^\/[!-~]*$/u.test(healthCheck.path)) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `healthCheck.path must start with a slash and hold printable ASCII only, got ${JSON.stringify(healthCheck.path)}. Percent-encode the rest.`,
    { details: { option: 'healthCheck.path', got: healthCheck.path } },
  );
}

function check(option: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be between ${min} and ${max}, got ${value}. Choose a value in that range.`, {
    details: { option, got: value },
  });
}

/** As many as the availability zones that a load balancer can have in the largest region. */
const MAX_NODES = 6;

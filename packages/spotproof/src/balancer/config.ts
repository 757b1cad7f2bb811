import { SpotproofError } from '@spotproof/core';
import type { BalancerConfig } from './protocol.ts';

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function checkBalancerConfig(config: BalancerConfig): void {
  const { healthCheck, network } = config;
  check('nodes', config.nodes, 1, config.listenAt === undefined ? MAX_NODES : 1);
  check('idleTimeoutMs', config.idleTimeoutMs, 1, network === undefined ? 4_000_000 : 6_000_000);
  check('clientKeepAliveMs', config.clientKeepAliveMs, 1, 604_800_000);
  check('connectTimeoutMs', config.connectTimeoutMs, 1, 600_000);
  check('deregistrationDelayMs', config.deregistrationDelayMs, 0, 3_600_000);
  check('finLagMs', config.finLagMs, 0, 10_000);
  check('healthCheck.intervalMs', healthCheck.intervalMs, 1, 300_000);
  check('healthCheck.timeoutMs', healthCheck.timeoutMs, 1, 120_000);
  check('healthCheck.healthyThreshold', healthCheck.healthyThreshold, 1, 10);
  check('healthCheck.unhealthyThreshold', healthCheck.unhealthyThreshold, 1, 10);
  // Statuses of HTTP, or of gRPC ("Health checks for your target groups": 0 to 99).
  const [lowest, highest] = config.protocolVersion === 'grpc' ? [0, 99] : [100, 599];
  check('healthCheck.matcher[0]', healthCheck.matcher[0], lowest, highest);
  check('healthCheck.matcher[1]', healthCheck.matcher[1], healthCheck.matcher[0], highest);
  if (network !== undefined) {
    check('network.newConnectionsMs[0]', network.newConnectionsMs[0], 0, 600_000);
    check('network.newConnectionsMs[1]', network.newConnectionsMs[1], network.newConnectionsMs[0], 600_000);
  }
  checkListener(config);
  if (/^\/[!-~]*$/u.test(healthCheck.path)) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `healthCheck.path must start with a slash and hold printable ASCII only, got ${JSON.stringify(healthCheck.path)}. Percent-encode the rest.`,
    { details: { option: 'healthCheck.path', got: healthCheck.path } },
  );
}

/** "HTTP2 and gRPC target groups need an HTTPS listener"; the lab has one without TLS too. */
export function checkListener({ listener = 'http', protocolVersion = 'http1' }: Pick<BalancerConfig, 'listener' | 'protocolVersion'>): void {
  if (listener !== 'http' || protocolVersion === 'http1') return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `A target group of protocol version ${protocolVersion} needs clients that speak HTTP/2, got the listener http. Choose the listener https or h2c.`,
    { details: { option: 'listener', got: listener } },
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

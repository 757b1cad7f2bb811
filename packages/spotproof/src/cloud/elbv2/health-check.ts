import { CloudFault } from '../wire/fault.ts';
import type { TargetGroupProtocol } from './target-group-protocol.ts';

/** By the names of the API. */
export interface HealthCheck {
  HealthCheckProtocol: string;
  HealthCheckPort: string;
  /** Undefined, like the matcher, for checks of protocol TCP. */
  HealthCheckPath: string | undefined;
  HealthCheckIntervalSeconds: number;
  HealthCheckTimeoutSeconds: number;
  HealthyThresholdCount: number;
  UnhealthyThresholdCount: number;
  Matcher: { readonly HttpCode?: string; readonly GrpcCode?: string } | undefined;
}

export interface HealthCheckInput {
  readonly HealthCheckProtocol?: string;
  readonly HealthCheckPort?: string;
  readonly HealthCheckPath?: string;
  readonly HealthCheckEnabled?: boolean;
  readonly HealthCheckIntervalSeconds?: number;
  readonly HealthCheckTimeoutSeconds?: number;
  readonly HealthyThresholdCount?: number;
  readonly UnhealthyThresholdCount?: number;
  readonly Matcher?: { readonly HttpCode?: string; readonly GrpcCode?: string };
}

/** A target group as far as its health checks go. */
interface CheckedGroup extends TargetGroupProtocol {
  readonly healthCheck: HealthCheck;
}

/**
 * What AWS takes when nothing is said (CreateTargetGroup): an interval of 30 s, thresholds 5 and 2; for Application Load Balancers a timeout of 5 s and the
 * code 200, for Network Load Balancers a check by TCP with 10 s, or by HTTP with 6 s and the codes 200 to 399.
 *
 * @throws {CloudFault} for a protocol that cannot check.
 */
export function defaultHealthCheck(
  { protocol, protocolVersion }: TargetGroupProtocol,
  checkProtocol = protocol === 'TCP' ? 'TCP' : 'HTTP',
): HealthCheck {
  checkCheckProtocol(protocol, checkProtocol);
  const common = {
    HealthCheckProtocol: checkProtocol,
    HealthCheckPort: 'traffic-port',
    HealthCheckIntervalSeconds: 30,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
  };
  if (protocol === 'TCP') {
    const isHttp = checkProtocol === 'HTTP';
    return {
      ...common,
      HealthCheckPath: isHttp ? '/' : undefined,
      HealthCheckTimeoutSeconds: isHttp ? 6 : 10,
      Matcher: isHttp ? { HttpCode: '200-399' } : undefined,
    };
  }
  const isGrpc = protocolVersion === 'GRPC';
  return {
    ...common,
    HealthCheckPath: isGrpc ? '/AWS.ALB/healthcheck' : '/',
    HealthCheckTimeoutSeconds: 5,
    Matcher: isGrpc ? { GrpcCode: '12' } : { HttpCode: '200' },
  };
}

/** @throws {CloudFault} for what AWS does not take, or what cannot be done here. */
export function changedHealthCheck(group: CheckedGroup, input: HealthCheckInput): HealthCheck {
  const before = withProtocol(group, input.HealthCheckProtocol);
  const given = Object.fromEntries(Object.entries(input).filter(([name, value]) => name in before && value !== undefined));
  const check: HealthCheck = { ...before, ...given };
  const isNetwork = group.protocol === 'TCP';
  // Network Load Balancers once had 10 s for both, and still take that.
  if (check.HealthCheckTimeoutSeconds > check.HealthCheckIntervalSeconds - (isNetwork ? 0 : 1))
    throw new CloudFault(
      'ValidationError',
      `Health check timeout '${check.HealthCheckTimeoutSeconds}' must be smaller than ${isNetwork ? 'or equal to ' : ''}the interval '${check.HealthCheckIntervalSeconds}'`,
    );
  if (check.HealthCheckProtocol === 'TCP' && (check.HealthCheckPath !== undefined || check.Matcher !== undefined))
    throw new CloudFault('ValidationError', 'Health check path and matcher cannot be specified for health checks of protocol TCP');
  if (check.HealthCheckPort !== 'traffic-port' && !isPort(check.HealthCheckPort))
    throw new CloudFault('ValidationError', `Health check port '${check.HealthCheckPort}' must be either 'traffic-port' or in the range '1-65535'`);
  if (input.HealthCheckEnabled === false) throw new CloudFault('ValidationError', 'Health check enabled cannot be set to false for target type ip');
  passingStatuses(check);
  return check;
}

/** Which statuses pass. @throws {CloudFault} for a list with gaps, which the balancer here does not know. */
export function passingStatuses({ Matcher }: HealthCheck): readonly [number, number] {
  const text = Matcher?.GrpcCode ?? Matcher?.HttpCode ?? '200';
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text);
  if (match === null) throw new CloudFault('InvalidConfigurationRequest', `The matcher here is one code or one range such as 200-399, got ${text}.`);
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** With another protocol, what only that protocol has begins as AWS has it. */
function withProtocol(group: CheckedGroup, checkProtocol: string | undefined): HealthCheck {
  const { healthCheck, protocol } = group;
  if (checkProtocol === undefined || checkProtocol === healthCheck.HealthCheckProtocol) return healthCheck;
  checkCheckProtocol(protocol, checkProtocol);
  if (protocol !== 'TCP') return healthCheck;
  const { HealthCheckPath, Matcher } = defaultHealthCheck(group, checkProtocol);
  return { ...healthCheck, HealthCheckPath, Matcher };
}

/** API reference, CreateTargetGroup: neither TCP for the targets of Application Load Balancers, nor TLS, UDP and the rest for any. */
function checkCheckProtocol(protocol: TargetGroupProtocol['protocol'], checkProtocol: string): void {
  const known = protocol === 'TCP' ? ['HTTP', 'HTTPS', 'TCP'] : ['HTTP', 'HTTPS'];
  if (!known.includes(checkProtocol))
    throw new CloudFault('ValidationError', `Health check protocol '${checkProtocol}' must be one of '${known.toReversed().join(', ')}'`);
  if (protocol === 'TCP' && checkProtocol === 'HTTPS')
    throw new CloudFault(
      'InvalidConfigurationRequest',
      'Health checks of a target group of protocol TCP are of protocol TCP or HTTP here, got HTTPS.',
    );
}

import { CloudFault } from '../wire/fault.ts';

/** A target group with all that is known of it here. */
export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC';
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: string;
  readonly healthCheck: HealthCheck;
  readonly attributes: Map<string, string>;
  /** The processes that serve it, by the ARN of their listener. What the first of them finds is what the API tells. */
  readonly listeners: Map<string, GroupListener>;
  /** What balancers may send requests to: ECS tasks by their id, other targets by address and port. */
  readonly targets: Map<string, { readonly host: string; readonly port: number }>;
  /** Of those, the ones that RegisterTargets named. */
  readonly named: Map<string, NamedTarget>;
  /** Why a target is in its state, as the balancer says. */
  readonly reasons: Map<string, string>;
}

/** What serves a target group: a balancer of its own. Each of its nodes learns of a change after its own lag. */
interface GroupListener {
  register(id: string, address: { readonly host: string; readonly port: number }, lagMs: readonly number[]): void;
  deregister(id: string, lagMs: readonly number[]): void;
  end(): Promise<void>;
}

export interface NamedTarget {
  readonly address: string;
  readonly port: number;
  state: 'initial' | 'healthy' | 'unhealthy';
  /** Epoch milliseconds; undefined unless draining. */
  drainsUntil: number | undefined;
}

/** By the names of the API. */
export interface HealthCheck {
  HealthCheckProtocol: string;
  HealthCheckPort: string;
  HealthCheckPath: string;
  HealthCheckIntervalSeconds: number;
  HealthCheckTimeoutSeconds: number;
  HealthyThresholdCount: number;
  UnhealthyThresholdCount: number;
  Matcher: { readonly HttpCode?: string; readonly GrpcCode?: string };
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

/** @throws {CloudFault} for what AWS does not take, or what cannot be done here. */
export function changedHealthCheck(before: HealthCheck, input: HealthCheckInput): HealthCheck {
  const given = Object.fromEntries(Object.entries(input).filter(([name, value]) => name in before && value !== undefined));
  const check: HealthCheck = { ...before, ...given };
  if (check.HealthCheckTimeoutSeconds >= check.HealthCheckIntervalSeconds)
    throw new CloudFault(
      'ValidationError',
      `Health check timeout '${check.HealthCheckTimeoutSeconds}' must be smaller than the interval '${check.HealthCheckIntervalSeconds}'`,
    );
  if (check.HealthCheckPort !== 'traffic-port')
    throw new CloudFault('InvalidConfigurationRequest', "Health checks go to 'traffic-port' here, to no other port.");
  if (input.HealthCheckEnabled === false) throw new CloudFault('ValidationError', 'Health check enabled cannot be set to false for target type ip');
  passingStatuses(check);
  return check;
}

/** Which statuses pass. @throws {CloudFault} for a list with gaps, which the balancer here does not know. */
export function passingStatuses({ Matcher }: HealthCheck): readonly [number, number] {
  const text = Matcher.GrpcCode ?? Matcher.HttpCode ?? '200';
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text);
  if (match === null) throw new CloudFault('InvalidConfigurationRequest', `The matcher here is one code or one range such as 200-399, got ${text}.`);
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

/** "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5, thresholds 5 and 2, for a group of addresses (CreateTargetGroup). */
export function defaultHealthCheck(protocolVersion: TargetGroup['protocolVersion']): HealthCheck {
  return {
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: protocolVersion === 'GRPC' ? '/AWS.ALB/healthcheck' : '/',
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    Matcher: protocolVersion === 'GRPC' ? { GrpcCode: '12' } : { HttpCode: '200' },
  };
}

export function deregistrationDelayMs({ attributes }: TargetGroup): number {
  return Number(attributes.get('deregistration_delay.timeout_seconds') ?? '300') * 1000;
}

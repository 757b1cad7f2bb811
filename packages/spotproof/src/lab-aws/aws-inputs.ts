import { protectionEnv } from '../lab/protection.ts';
import { inheritedEnv } from '../lab/tasks/inherited-env.ts';
import type { LabOptions } from '../verdict/lab-run.ts';
import { CLUSTER, CONTAINER, CONTAINER_PORT } from './names.ts';

/** The options of a run as AWS calls take them; `checkForAws` has seen that they can be. */

/** CreateTargetGroup. */
export function targetGroupInput({ balancer }: LabOptions): object {
  const { healthCheck, protocolVersion = 'http1' } = balancer;
  const [from, to] = healthCheck.matcher;
  const codes = from === to ? String(from) : `${from}-${to}`;
  return {
    Name: CLUSTER,
    Protocol: 'HTTP',
    ProtocolVersion: protocolVersion.toUpperCase(),
    Port: 80,
    VpcId: 'vpc-lab',
    TargetType: 'ip',
    HealthCheckPath: healthCheck.path,
    HealthCheckIntervalSeconds: inSeconds(healthCheck.intervalMs),
    HealthCheckTimeoutSeconds: inSeconds(healthCheck.timeoutMs),
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    Matcher: protocolVersion === 'grpc' ? { GrpcCode: codes } : { HttpCode: codes },
  };
}

/** ModifyTargetGroupAttributes. */
export function targetGroupAttributes({ balancer }: LabOptions): readonly Attribute[] {
  return [
    { Key: 'deregistration_delay.timeout_seconds', Value: String(inSeconds(balancer.deregistrationDelayMs)) },
    { Key: 'load_balancing.algorithm.type', Value: balancer.algorithm },
  ];
}

/** ModifyLoadBalancerAttributes. */
export function loadBalancerAttributes({ balancer }: LabOptions): readonly Attribute[] {
  return [
    { Key: 'idle_timeout.timeout_seconds', Value: String(inSeconds(balancer.idleTimeoutMs)) },
    { Key: 'client_keep_alive.seconds', Value: String(inSeconds(balancer.clientKeepAliveMs)) },
  ];
}

interface Attribute {
  readonly Key: string;
  readonly Value: string;
}

/** The container that is the app, for RegisterTaskDefinition. */
export function containerDefinition(options: LabOptions): object {
  return {
    name: CONTAINER,
    image: 'none: the command runs on this machine',
    command: options.command,
    portMappings: [{ containerPort: CONTAINER_PORT }],
    stopTimeout: inSeconds(options.stopTimeoutMs),
    environment: Object.entries(environment(options)).map(([name, value]) => ({ name, value })),
  };
}

/** Without what differs from task to task: where each reports its drain. */
function environment({ env, protect, stopTimeoutMs }: LabOptions): Readonly<Record<string, string>> {
  if (!protect) return env;
  const nodeOptions = env['NODE_OPTIONS'] ?? inheritedEnv()['NODE_OPTIONS'];
  const { SPOTPROOF_REPORT: _, ...ofAll } = protectionEnv({ nodeOptions, stopTimeoutMs, reportPath: '' });
  return { ...env, ...ofAll };
}

function inSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}

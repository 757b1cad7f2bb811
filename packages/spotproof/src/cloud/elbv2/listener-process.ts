import { devNull } from 'node:os';
import type { BalancerConfig, BalancerReport, NetworkConfig } from '../../balancer/protocol.ts';
import { BalancerProcess } from '../../lab/balancer-process.ts';
import { Changes } from '../../lab/changes.ts';
import { modulePath } from '../../lab/module-path.ts';
import type { BalancerWatch } from '../watch.ts';
import { CloudFault } from '../wire/fault.ts';
import { passingStatuses } from './health-check.ts';
import { deregistrationDelayMs, type LocalTarget, type TargetGroup } from './target-group.ts';

export interface ListenerSetting {
  readonly address: { readonly host: string; readonly port: number };
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** Those of the load balancer, and those of the listener. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface ListenerProcessOptions extends ListenerSetting {
  readonly group: TargetGroup;
  readonly newConnectionsMs: NetworkConfig['newConnectionsMs'];
  readonly logPath: string;
  readonly watch: BalancerWatch | undefined;
  readonly onReport: (report: BalancerReport) => void;
  readonly onFailure: (message: string) => void;
}

/** One listener with its target group: the balancer of the lab, in a process of its own. */
export class ListenerProcess {
  readonly #balancer: BalancerProcess;
  readonly #group: TargetGroup;
  #failure: string | undefined;

  private constructor(options: ListenerProcessOptions, changes: Changes) {
    this.#group = options.group;
    this.#balancer = new BalancerProcess({
      modulePath: modulePath(import.meta.url, '../../balancer/process/main'),
      logPath: options.logPath,
      config: { ...balancerConfig(options), ...options.watch?.config },
      changes,
      onReport: (report) => {
        options.watch?.onReport(report);
        options.onReport(report);
      },
      onFailure: (message) => {
        this.#failure = message;
        options.watch?.onFailure(message);
        options.onFailure(message);
        changes.notify();
      },
    });
    options.watch?.onStarted(this.#balancer);
  }

  /** Resolves when it listens. @throws {CloudFault} when it does not come to that. */
  static async start(options: ListenerProcessOptions): Promise<ListenerProcess> {
    const changes = new Changes();
    const listener = new ListenerProcess(options, changes);
    const isSettled = (): boolean => listener.#balancer.nodes.length > 0 || listener.#failure !== undefined;
    await changes.until(isSettled, { budgetMs: START_BUDGET_MS, signal: new AbortController().signal });
    if (listener.#balancer.nodes.length === 0) {
      await listener.end();
      throw new CloudFault('InternalFailure', listener.#failure ?? 'The balancer did not begin to listen in time.', 500);
    }
    for (const [id, target] of options.group.targets) listener.register(id, target, []);
    return listener;
  }

  register(id: string, { host, port, portOf }: LocalTarget, lagMs: readonly number[]): void {
    const { HealthCheckPort } = this.#group.healthCheck;
    // One that the target does not have is checked all the same, and found closed.
    const checkPort = HealthCheckPort === 'traffic-port' ? port : (portOf(Number(HealthCheckPort)) ?? Number(HealthCheckPort));
    this.#balancer.register({ id, host, port, checkPort }, lagMs);
  }

  deregister(id: string, lagMs: readonly number[]): void {
    this.#balancer.deregister(id, lagMs);
  }

  end(): Promise<void> {
    return this.#balancer.end(END_GRACE_MS);
  }
}

function balancerConfig({ group, address, protocol, attributes, newConnectionsMs }: ListenerProcessOptions): BalancerConfig {
  const { healthCheck } = group;
  const isNetwork = protocol === 'TCP';
  const milliseconds = (name: string): number => Number(attributes.get(name)) * 1000;
  return {
    nodes: 1,
    listenAt: address,
    listener: protocol === 'HTTPS' ? 'https' : 'http',
    protocolVersion: PROTOCOL_VERSIONS[group.protocolVersion ?? 'HTTP1'],
    algorithm: group.attributes.get('load_balancing.algorithm.type') === 'least_outstanding_requests' ? 'least_outstanding_requests' : 'round_robin',
    idleTimeoutMs: milliseconds(isNetwork ? 'tcp.idle_timeout.seconds' : 'idle_timeout.timeout_seconds'),
    clientKeepAliveMs: isNetwork ? UNUSED_MS : milliseconds('client_keep_alive.seconds'),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    deregistrationDelayMs: deregistrationDelayMs(group),
    healthCheck: {
      path: healthCheck.HealthCheckPath ?? '/',
      intervalMs: healthCheck.HealthCheckIntervalSeconds * 1000,
      timeoutMs: healthCheck.HealthCheckTimeoutSeconds * 1000,
      healthyThreshold: healthCheck.HealthyThresholdCount,
      unhealthyThreshold: healthCheck.UnhealthyThresholdCount,
      matcher: passingStatuses(healthCheck),
    },
    finLagMs: 1,
    adversary: 'none',
    ...(isNetwork ? { network: networkConfig(group, newConnectionsMs) } : {}),
    // It may run for days: nobody reads what it did.
    recordsPath: devNull,
    accessLogPath: undefined,
  };
}

function networkConfig({ healthCheck, attributes }: TargetGroup, newConnectionsMs: NetworkConfig['newConnectionsMs']): NetworkConfig {
  const isOn = (name: string): boolean => attributes.get(name) === 'true';
  return {
    healthCheckProtocol: healthCheck.HealthCheckProtocol === 'HTTP' ? 'http' : 'tcp',
    terminatesUnhealthy: isOn('target_health_state.unhealthy.connection_termination.enabled'),
    terminatesAfterDelay: isOn('deregistration_delay.connection_termination.enabled'),
    newConnectionsMs,
    proxyProtocol: isOn('proxy_protocol_v2.enabled'),
  };
}

const PROTOCOL_VERSIONS = { HTTP1: 'http1', HTTP2: 'http2', GRPC: 'grpc' } as const;
/** ELB user guide, "Troubleshoot your Application Load Balancers": 504 when no connection within 10 s. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A Network Load Balancer knows nothing of keep-alive. */
const UNUSED_MS = 3_600_000;
const START_BUDGET_MS = 20_000;
const END_GRACE_MS = 2_000;

import { devNull } from 'node:os';
import type { BalancerConfig, BalancerReport } from '../../balancer/protocol.ts';
import { BalancerProcess } from '../../lab/balancer-process.ts';
import { Changes } from '../../lab/changes.ts';
import { modulePath } from '../../lab/module-path.ts';
import { CloudFault } from '../wire/fault.ts';
import { deregistrationDelayMs, passingStatuses, type TargetGroup } from './target-group.ts';

export interface ListenerSetting {
  readonly address: { readonly host: string; readonly port: number };
  readonly protocol: 'HTTP' | 'HTTPS';
  /** Of the load balancer. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface ListenerProcessOptions extends ListenerSetting {
  readonly group: TargetGroup;
  readonly logPath: string;
  readonly onReport: (report: BalancerReport) => void;
  readonly onFailure: (message: string) => void;
}

/** One listener with its target group: the balancer of the lab, in a process of its own. */
export class ListenerProcess {
  readonly #balancer: BalancerProcess;
  #failure: string | undefined;

  private constructor(options: ListenerProcessOptions, changes: Changes) {
    this.#balancer = new BalancerProcess({
      modulePath: modulePath(import.meta.url, '../../balancer/process/main'),
      logPath: options.logPath,
      config: balancerConfig(options),
      changes,
      onReport: options.onReport,
      onFailure: (message) => {
        this.#failure = message;
        options.onFailure(message);
        changes.notify();
      },
    });
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
    for (const [id, { host, port }] of options.group.targets) listener.register(id, { host, port }, []);
    return listener;
  }

  register(id: string, { host, port }: { readonly host: string; readonly port: number }, lagMs: readonly number[]): void {
    this.#balancer.register({ id, host, port }, lagMs);
  }

  deregister(id: string, lagMs: readonly number[]): void {
    this.#balancer.deregister(id, lagMs);
  }

  end(): Promise<void> {
    return this.#balancer.end(END_GRACE_MS);
  }
}

function balancerConfig({ group, address, protocol, attributes }: ListenerProcessOptions): BalancerConfig {
  const { healthCheck } = group;
  const seconds = (name: string): number => Number(attributes.get(name)) * 1000;
  return {
    nodes: 1,
    listenAt: address,
    listener: protocol === 'HTTPS' ? 'https' : 'http',
    protocolVersion: PROTOCOL_VERSIONS[group.protocolVersion],
    algorithm: group.attributes.get('load_balancing.algorithm.type') === 'least_outstanding_requests' ? 'least_outstanding_requests' : 'round_robin',
    idleTimeoutMs: seconds('idle_timeout.timeout_seconds'),
    clientKeepAliveMs: seconds('client_keep_alive.seconds'),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    deregistrationDelayMs: deregistrationDelayMs(group),
    healthCheck: {
      path: healthCheck.HealthCheckPath,
      intervalMs: healthCheck.HealthCheckIntervalSeconds * 1000,
      timeoutMs: healthCheck.HealthCheckTimeoutSeconds * 1000,
      healthyThreshold: healthCheck.HealthyThresholdCount,
      unhealthyThreshold: healthCheck.UnhealthyThresholdCount,
      matcher: passingStatuses(healthCheck),
    },
    finLagMs: 1,
    adversary: 'none',
    // It may run for days: nobody reads what it did.
    recordsPath: devNull,
    accessLogPath: undefined,
  };
}

const PROTOCOL_VERSIONS = { HTTP1: 'http1', HTTP2: 'http2', GRPC: 'grpc' } as const;
/** ELB user guide, "Troubleshoot your Application Load Balancers": 504 when no connection within 10 s. */
const CONNECT_TIMEOUT_MS = 10_000;
const START_BUDGET_MS = 20_000;
const END_GRACE_MS = 2_000;

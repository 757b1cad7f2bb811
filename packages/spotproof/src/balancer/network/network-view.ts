import {
  createNetworkTargetGroup,
  nextNetworkWakeAt,
  stepNetworkTargetGroup,
  type CheckResult,
  type HealthReason,
  type HealthState,
  type NetworkTargetGroup,
  type NetworkTargetGroupEffect,
  type NetworkTargetGroupInput,
} from '@spotproof/world';
import { epochNow } from '../../epoch.ts';
import { checkHealth } from '../health-checker.ts';
import type { BalancerConfig, NetworkConfig, TargetAddress } from '../protocol.ts';
import { LOCAL_PROXY_HEADER } from './proxy-protocol.ts';
import { checkHealthOverTcp } from './tcp-health-check.ts';

export interface NetworkViewOptions {
  readonly node: string;
  readonly config: BalancerConfig;
  readonly network: NetworkConfig;
  readonly localAddress: string | undefined;
  readonly onHealth: (targetId: string, state: HealthState, reason: HealthReason | undefined) => void;
  readonly onDraining: (targetId: string) => void;
  readonly onReset: (connectionId: string, why: 'unhealthy' | 'delay-over' | 'idle') => void;
  /** Epoch milliseconds; undefined for a connection that is over. */
  readonly lastActiveAt: (connectionId: string) => number | undefined;
}

export interface ChosenNetworkTarget {
  readonly address: TargetAddress;
  readonly state: HealthState;
}

/** One node's view of its targets: the model of a network load balancer's target group, driven by a real clock and real health checks. */
export class NetworkView {
  readonly #options: NetworkViewOptions;
  readonly #addresses = new Map<string, TargetAddress>();
  /** Why the last check of a target failed. */
  readonly #failures = new Map<string, HealthReason>();
  readonly #stop = new AbortController();
  #group: NetworkTargetGroup;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NetworkViewOptions) {
    this.#options = options;
    const { config, network, node } = options;
    this.#group = createNetworkTargetGroup({
      healthCheckIntervalMs: config.healthCheck.intervalMs,
      healthyThreshold: config.healthCheck.healthyThreshold,
      unhealthyThreshold: config.healthCheck.unhealthyThreshold,
      deregistrationDelayMs: config.deregistrationDelayMs,
      terminatesAfterDelay: network.terminatesAfterDelay,
      terminatesUnhealthy: network.terminatesUnhealthy,
      newConnectionsMs: network.newConnectionsMs,
      idleTimeoutMs: config.idleTimeoutMs,
      seed: config.seed ?? 1,
      node,
    });
  }

  register(target: TargetAddress): void {
    if (!this.#group.targets.some(({ id, drainEndsAt }) => id === target.id && drainEndsAt === undefined)) this.#addresses.set(target.id, target);
    this.#apply({ type: 'register', at: epochNow(), targetId: target.id });
  }

  deregister(targetId: string): void {
    this.#apply({ type: 'deregister', at: epochNow(), targetId });
  }

  /** Chooses the target of a new connection; undefined when there is none. {@link close} must follow once. */
  connect(connectionId: string): ChosenNetworkTarget | undefined {
    const effects = this.#apply({ type: 'connect', at: epochNow(), connectionId });
    if (!effects.some(({ type }) => type === 'forward')) return undefined;
    const registration = this.#group.connections.find(({ id }) => id === connectionId)?.registration;
    const target = this.#group.targets.find((one) => one.registration === registration);
    const address = target === undefined ? undefined : this.#addresses.get(target.id);
    return target === undefined || address === undefined ? undefined : { address, state: target.state };
  }

  close(connectionId: string): void {
    this.#apply({ type: 'close', at: epochNow(), connectionId });
  }

  destroy(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #apply(input: NetworkTargetGroupInput): readonly NetworkTargetGroupEffect[] {
    if (this.#stop.signal.aborted) return [];
    const { group, effects } = stepNetworkTargetGroup(this.#group, input);
    this.#group = group;
    for (const effect of effects) this.#perform(effect);
    this.#planTick();
    return effects;
  }

  #planTick(): void {
    clearTimeout(this.#timer);
    const at = nextNetworkWakeAt(this.#group);
    if (at === Infinity) return;
    // Timers may fire up to a millisecond early; a tick that came too soon would only plan itself again.
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(0, at - epochNow()) + 1, LONGEST_DELAY_MS));
  }

  #tick(): void {
    const now = epochNow();
    // The model is told of traffic only where it would otherwise think a connection idle: at each chunk would cost more than the chunk.
    for (const { id, lastActiveAt } of this.#group.connections) {
      if (lastActiveAt + this.#options.config.idleTimeoutMs > now) continue;
      const at = this.#options.lastActiveAt(id) ?? lastActiveAt;
      if (at > lastActiveAt) this.#group = stepNetworkTargetGroup(this.#group, { type: 'traffic', at, connectionId: id }).group;
    }
    this.#apply({ type: 'tick', at: now });
    for (const id of this.#addresses.keys()) if (!this.#group.targets.some((target) => target.id === id)) this.#forget(id);
  }

  #perform(effect: NetworkTargetGroupEffect): void {
    switch (effect.type) {
      case 'state-changed': {
        const { targetId, registration, state } = effect;
        // What becomes of an earlier registration does not show beside a later one of the same target.
        if (this.#group.targets.some((target) => target.id === targetId && target.registration > registration)) return;
        this.#options.onHealth(targetId, state, state === 'unhealthy' ? this.#failures.get(targetId) : REASONS[state]);
        if (state === 'draining') this.#options.onDraining(targetId);
        return;
      }
      case 'check':
        this.#check(effect.targetId, effect.registration);
        return;
      case 'reset':
        this.#options.onReset(effect.connectionId, effect.why);
        return;
      case 'forward':
      case 'refuse':
        // The answers to `connect`, read there.
        return;
    }
  }

  #check(targetId: string, registration: number): void {
    const target = this.#addresses.get(targetId);
    if (target === undefined) return;
    const { config, network, localAddress } = this.#options;
    const preamble = network.proxyProtocol ? LOCAL_PROXY_HEADER : undefined;
    const check = { target, config: config.healthCheck, localAddress, signal: this.#stop.signal, ...(preamble === undefined ? {} : { preamble }) };
    const onResult = (result: CheckResult): void => {
      if (result === 'passed') this.#failures.delete(targetId);
      else this.#failures.set(targetId, FAILURE_REASONS[result]);
      this.#apply({ type: 'check-ended', at: epochNow(), targetId, registration, result });
    };
    if (network.healthCheckProtocol === 'tcp') checkHealthOverTcp(check, onResult);
    else checkHealth(check, onResult);
  }

  #forget(targetId: string): void {
    this.#addresses.delete(targetId);
    this.#failures.delete(targetId);
  }
}

const REASONS = {
  initial: 'Elb.InitialHealthChecking',
  healthy: undefined,
  draining: 'Target.DeregistrationInProgress',
  unused: 'Target.NotRegistered',
} as const;

const FAILURE_REASONS = {
  'code-mismatch': 'Target.ResponseCodeMismatch',
  'timed-out': 'Target.Timeout',
  failed: 'Target.FailedHealthChecks',
} as const;

/** The longest that `setTimeout` takes without falling back to 1 ms. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

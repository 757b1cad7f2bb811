import {
  createTargetGroup,
  endRequest,
  nextTargetGroupWakeAt,
  routeRequest,
  type CheckResult,
  stepTargetGroup,
  type HealthReason,
  type HealthState,
  type TargetGroup,
  type TargetGroupEffect,
  type TargetGroupInput,
} from '@spotproof/world';
import { epochNow } from '../epoch.ts';
import type { ChosenTarget } from './exchange.ts';
import { Http2Pool } from './http2-pool.ts';
import { checkHealth } from './health-checker.ts';
import { checkHealthOverHttp2 } from './http2-health-check.ts';
import type { BalancerConfig, TargetAddress } from './protocol.ts';
import { TargetPool } from './target-pool.ts';

export interface TargetViewOptions {
  readonly node: string;
  readonly config: BalancerConfig;
  readonly localAddress: string | undefined;
  readonly onHealth: (targetId: string, state: HealthState, reason: HealthReason | undefined) => void;
  readonly onDraining: (targetId: string) => void;
  /** The deregistration delay elapsed for the requests of this registration. */
  readonly onCut: (registration: number) => void;
  readonly onLocalFailure: (error: NodeJS.ErrnoException) => void;
}

/** One node's view of its targets: the model of the target group, driven by a real clock, real health checks and real connections. */
export class TargetView {
  readonly #options: TargetViewOptions;
  readonly #pools = new Map<number, Pools>();
  readonly #addresses = new Map<string, TargetAddress>();
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_OCTETS);
  readonly #stop = new AbortController();
  #group: TargetGroup;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TargetViewOptions) {
    this.#options = options;
    const { config } = options;
    this.#group = createTargetGroup({
      algorithm: config.algorithm,
      healthCheckIntervalMs: config.healthCheck.intervalMs,
      healthyThreshold: config.healthCheck.healthyThreshold,
      unhealthyThreshold: config.healthCheck.unhealthyThreshold,
      deregistrationDelayMs: config.deregistrationDelayMs,
      seed: config.seed ?? 1,
      node: options.node,
    });
  }

  register(target: TargetAddress): void {
    if (!this.#group.targets.some(({ id }) => id === target.id)) this.#addresses.set(target.id, target);
    this.#apply({ type: 'register', at: epochNow(), targetId: target.id });
  }

  deregister(targetId: string): void {
    this.#apply({ type: 'deregister', at: epochNow(), targetId });
  }

  /** Routes one request; undefined when there is nobody to route it to. */
  choose(): ChosenTarget | undefined {
    const { group, target } = routeRequest(this.#group);
    this.#group = group;
    if (target === undefined) return undefined;
    const { pool, http2 } = this.#poolsOf(target.registration, target.id);
    return { registration: target.registration, state: target.state, pool, http2 };
  }

  /** A request that was routed has ended. */
  end(chosen: ChosenTarget): void {
    const { group, effects } = endRequest(this.#group, chosen.pool.target.id, chosen.registration);
    this.#group = group;
    if (effects.length > 0) this.#perform(effects);
  }

  sweep(now: number): void {
    for (const { pool, http2 } of this.#pools.values()) {
      pool.sweep(now);
      http2.sweep(now);
    }
  }

  destroy(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    for (const pools of this.#pools.values()) destroyPools(pools);
  }

  #apply(input: TargetGroupInput): void {
    if (this.#stop.signal.aborted) return;
    const { group, effects } = stepTargetGroup(this.#group, input);
    this.#group = group;
    this.#perform(effects);
    this.#planTick();
  }

  #planTick(): void {
    clearTimeout(this.#timer);
    const at = nextTargetGroupWakeAt(this.#group);
    if (at === Infinity) return;
    // Timers may fire up to a millisecond early; a tick that came too soon would only plan itself again.
    this.#timer = setTimeout(() => this.#apply({ type: 'tick', at: epochNow() }), Math.max(0, at - epochNow()) + 1);
  }

  #perform(effects: readonly TargetGroupEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: TargetGroupEffect): void {
    switch (effect.type) {
      case 'state-changed':
        this.#options.onHealth(effect.targetId, effect.state, effect.reason);
        if (effect.state === 'draining') this.#options.onDraining(effect.targetId);
        if (effect.state === 'unused') this.#forget(effect.registration, effect.targetId);
        return;
      case 'check':
        this.#check(effect.targetId, effect.registration);
        return;
      case 'deregistration-completed':
        // AWS does not say whether the idle connections to a deregistered target are closed before the delay is over. They stay open here: that is the
        // harder case for an app that waits for them, and an app that bears it bears the other.
        return;
      case 'cut':
        this.#options.onCut(effect.registration);
        return;
      case 'registration-refused':
        // Ids are one to a task, so nobody comes back while draining; if it happens, the target simply stays away, as on AWS.
        return;
    }
  }

  #check(targetId: string, registration: number): void {
    const target = this.#addresses.get(targetId);
    if (target === undefined) return;
    const { config, localAddress } = this.#options;
    const check = { target, config: config.healthCheck, localAddress, signal: this.#stop.signal };
    const onResult = (result: CheckResult): void => this.#apply({ type: 'check-ended', at: epochNow(), targetId, registration, result });
    const { protocolVersion } = config;
    if (protocolVersion === undefined || protocolVersion === 'http1') checkHealth(check, onResult);
    else checkHealthOverHttp2({ ...check, protocolVersion }, onResult);
  }

  #forget(registration: number, targetId: string): void {
    const pools = this.#pools.get(registration);
    if (pools !== undefined) destroyPools(pools);
    this.#pools.delete(registration);
    this.#addresses.delete(targetId);
  }

  #poolsOf(registration: number, targetId: string): Pools {
    const existing = this.#pools.get(registration);
    if (existing !== undefined) return existing;
    const target = this.#addresses.get(targetId);
    if (target === undefined) throw new Error(`target ${targetId} was routed to but has no address`);
    const { config, localAddress, onLocalFailure } = this.#options;
    const pool = new TargetPool({ target, config, localAddress, readBuffer: this.#readBuffer, onLocalFailure });
    const http2 = new Http2Pool({
      target,
      localAddress,
      idleTimeoutMs: config.idleTimeoutMs,
      connectTimeoutMs: config.connectTimeoutMs,
      onLocalFailure,
    });
    const pools = { pool, http2 };
    this.#pools.set(registration, pools);
    return pools;
  }
}

/** The connections to one registration of a target. Only one kind is used in a run; the other costs nothing. */
interface Pools {
  readonly pool: TargetPool;
  readonly http2: Http2Pool;
}

function destroyPools({ pool, http2 }: Pools): void {
  pool.destroy();
  http2.destroy();
}

/** One read of the kernel's socket buffer at most; what libuv would allocate for each read by itself. */
const READ_BUFFER_OCTETS = 65_536;

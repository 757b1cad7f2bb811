import { once } from 'node:events';
import type { Server } from 'node:net';
import type { BalancerRecord } from './balancer-record.ts';
import { epochNow } from '../epoch.ts';
import type { ChosenTarget, SettledExchange } from './exchange.ts';
import type { FrontNode } from './front-connection.ts';
import type { Front } from './http2-front-session.ts';
import { createListener } from './listener.ts';
import type { BalancerConfig, NodeAddress, ProtocolVersion, TargetAddress } from './protocol.ts';
import { Quiet } from './quiet.ts';
import { TargetView, type TargetViewOptions } from './target-view.ts';
import { TraceIds } from './trace-id.ts';

export interface BalancerNodeOptions extends Pick<TargetViewOptions, 'onHealth' | 'onDraining' | 'onLocalFailure'> {
  readonly name: string;
  readonly config: BalancerConfig;
  readonly localAddress: string | undefined;
  /** 18 hex digits, different for each node. */
  readonly tracePrefix: string;
  /** Every request, once, when its outcome is known. The exchange is there if the request's head could be read. */
  readonly onRecord: (record: BalancerRecord, exchange: SettledExchange | undefined) => void;
}

/** One address of the load balancer: its own listener, client connections, target connections, health checks and view. */
export class BalancerNode implements FrontNode {
  readonly name: string;
  readonly host: string;
  port = 0;
  forwardedLines = '';
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly clientKeepAliveMs: number;
  readonly traceIds: TraceIds;
  readonly proto: 'http' | 'https';
  readonly protocolVersion: ProtocolVersion;
  isStopping = false;
  readonly #options: BalancerNodeOptions;
  readonly #server: Server;
  readonly #view: TargetView;
  readonly #fronts = new Set<Front>();
  readonly #inFlight = new Set<SettledExchange>();
  readonly #quiet = new Quiet();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: BalancerNodeOptions) {
    const { config } = options;
    this.#options = options;
    this.name = options.name;
    this.connectTimeoutMs = config.connectTimeoutMs;
    this.idleTimeoutMs = config.idleTimeoutMs;
    this.clientKeepAliveMs = config.clientKeepAliveMs;
    this.traceIds = new TraceIds(options.tracePrefix);
    this.#view = new TargetView({
      node: options.name,
      config,
      localAddress: options.localAddress,
      onHealth: options.onHealth,
      onDraining: options.onDraining,
      onLocalFailure: options.onLocalFailure,
      onCut: (registration) => this.#cut(registration),
    });
    this.host = config.listenAt?.host ?? '127.0.0.1';
    const listener = config.listener ?? 'http';
    this.proto = listener === 'https' ? 'https' : 'http';
    this.protocolVersion = config.protocolVersion ?? 'http1';
    this.#server = createListener(listener, this, (front) => this.#fronts.add(front));
  }

  async listen(): Promise<NodeAddress> {
    const { config } = this.#options;
    this.#server.listen({ host: this.host, port: config.listenAt?.port ?? 0, backlog: BACKLOG });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
    this.forwardedLines = `X-Forwarded-Proto: ${this.proto}\r\nX-Forwarded-Port: ${this.port}\r\n`;
    const shortestMs = Math.min(config.idleTimeoutMs, config.connectTimeoutMs);
    this.#sweep = setInterval(() => this.#sweepAll(), Math.min(MAX_SWEEP_MS, Math.max(MIN_SWEEP_MS, shortestMs / 20)));
    return { name: this.name, host: this.host, port: this.port };
  }

  register(target: TargetAddress): void {
    this.#view.register(target);
  }

  deregister(targetId: string): void {
    this.#view.deregister(targetId);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Stops listening and waits for what is in flight; after `graceMs` the rest is cut. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    this.#server.close();
    for (const front of this.#fronts) front.stop();
    if (this.#fronts.size > 0) await this.#quiet.wait(graceMs);
    this.destroy();
  }

  destroy(): void {
    this.isStopping = true;
    clearInterval(this.#sweep);
    this.#server.close();
    for (const front of this.#fronts) front.destroy();
    this.#view.destroy();
  }

  choose(): ChosenTarget | undefined {
    return this.#view.choose();
  }

  onExchange(exchange: SettledExchange): void {
    this.#inFlight.add(exchange);
  }

  onSettled(exchange: SettledExchange, record: BalancerRecord): void {
    this.#inFlight.delete(exchange);
    if (exchange.chosen !== undefined) this.#view.end(exchange.chosen);
    this.#options.onRecord(record, exchange);
  }

  onUnreadable(record: BalancerRecord): void {
    this.#options.onRecord(record, undefined);
  }

  onFrontClosed(front: Front): void {
    this.#fronts.delete(front);
    if (this.#fronts.size === 0) this.#quiet.reached();
  }

  #cut(registration: number): void {
    for (const exchange of this.#inFlight) {
      if (exchange.chosen?.registration === registration) exchange.fail(502, 'deregistration-delay-elapsed');
    }
  }

  #sweepAll(): void {
    const now = epochNow();
    for (const front of this.#fronts) front.sweep(now);
    this.#view.sweep(now);
  }
}

const BACKLOG = 4096;
/** One timer for all timeouts of a node: a timer per request would cost more than the request. They fire late by one sweep at most. */
const MAX_SWEEP_MS = 500;
const MIN_SWEEP_MS = 10;

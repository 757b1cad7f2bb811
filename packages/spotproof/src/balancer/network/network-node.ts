import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { epochNow } from '../../epoch.ts';
import type { BalancerConfig, NetworkConfig, NodeAddress, TargetAddress } from '../protocol.ts';
import { Quiet } from '../quiet.ts';
import { Flow, reset } from './flow.ts';
import type { FlowEnd, FlowRecord } from './flow-record.ts';
import { NetworkView, type ChosenNetworkTarget, type NetworkViewOptions } from './network-view.ts';
import { proxyHeader } from './proxy-protocol.ts';

export interface NetworkNodeOptions extends Pick<NetworkViewOptions, 'onHealth' | 'onDraining'> {
  readonly name: string;
  readonly config: BalancerConfig;
  readonly network: NetworkConfig;
  readonly localAddress: string | undefined;
  /** Every connection, once, when it is over. */
  readonly onRecord: (record: FlowRecord) => void;
  readonly onLocalFailure: (error: NodeJS.ErrnoException) => void;
}

/** One address of a Network Load Balancer: its own listener, flows, health checks and view of the targets. */
export class NetworkNode {
  readonly #options: NetworkNodeOptions;
  readonly #view: NetworkView;
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  readonly #flows = new Map<string, Flow>();
  readonly #quiet = new Quiet();
  #accepted = 0;

  constructor(options: NetworkNodeOptions) {
    this.#options = options;
    this.#view = new NetworkView({
      node: options.name,
      config: options.config,
      network: options.network,
      localAddress: options.localAddress,
      onHealth: options.onHealth,
      onDraining: options.onDraining,
      onReset: (connectionId, why) => this.#flows.get(connectionId)?.reset(why),
      lastActiveAt: (connectionId) => this.#flows.get(connectionId)?.lastActiveAt,
    });
  }

  async listen(): Promise<NodeAddress> {
    const { config, name } = this.#options;
    const host = config.listenAt?.host ?? '127.0.0.1';
    this.#server.listen({ host, port: config.listenAt?.port ?? 0, backlog: BACKLOG });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return { name, host, port: address !== null && typeof address === 'object' ? address.port : 0 };
  }

  register(target: TargetAddress): void {
    this.#view.register(target);
  }

  deregister(targetId: string): void {
    this.#view.deregister(targetId);
  }

  /** Open connections. */
  get inFlight(): number {
    return this.#flows.size;
  }

  /** Stops listening and waits for the connections to end; after `graceMs` the rest is reset. */
  async stop(graceMs: number): Promise<void> {
    this.#server.close();
    if (this.#flows.size > 0) await this.#quiet.wait(graceMs);
    this.destroy();
  }

  destroy(): void {
    this.#server.close();
    for (const flow of this.#flows.values()) flow.reset('stopped');
    this.#view.destroy();
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const id = String(this.#accepted);
    const openedAt = epochNow();
    const clientName = `${client.remoteAddress ?? '127.0.0.1'}:${client.remotePort ?? 0}`;
    const chosen = this.#view.connect(id);
    const record = (end: FlowEnd, octets: Pick<FlowRecord, 'receivedOctets' | 'sentOctets'>): void =>
      this.#options.onRecord({
        kind: 'flow',
        id,
        node: this.#options.name,
        client: clientName,
        target: chosen?.address.id,
        targetState: chosen?.state,
        openedAt,
        endedAt: epochNow(),
        ...octets,
        end,
      });
    if (chosen === undefined) {
      client.on('error', () => {});
      reset(client);
      record('no-targets', { receivedOctets: 0, sentOctets: 0 });
      return;
    }
    const flow = this.#join(client, chosen, (end) => {
      this.#flows.delete(id);
      this.#view.close(id);
      record(end, { receivedOctets: flow.receivedOctets, sentOctets: flow.sentOctets });
      if (this.#flows.size === 0) this.#quiet.reached();
    });
    this.#flows.set(id, flow);
  }

  #join(client: Socket, { address }: ChosenNetworkTarget, onOver: (end: FlowEnd) => void): Flow {
    const { config, network, localAddress, onLocalFailure } = this.#options;
    return new Flow({
      client,
      target: address,
      localAddress,
      connectTimeoutMs: config.connectTimeoutMs,
      preamble: network.proxyProtocol ? proxyHeader(client) : undefined,
      onOver,
      onLocalFailure,
    });
  }
}

const BACKLOG = 4096;

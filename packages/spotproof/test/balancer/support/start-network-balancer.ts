import type { TestContext } from 'node:test';
import type { FlowRecord } from '../../../src/balancer/network/flow-record.ts';
import type { BalancerConfig, NetworkConfig } from '../../../src/balancer/protocol.ts';
import { Peer } from './peer.ts';
import type { RawTarget } from './raw-target.ts';
import { startBalancer, TEST_CONFIG, waitFor, type TestBalancer } from './start-balancer.ts';

/** A Network Load Balancer in this process, whose health checks are quick. */
export class TestNetworkBalancer {
  readonly #it: TestBalancer;

  private constructor(it: TestBalancer) {
    this.#it = it;
  }

  static async start(
    t: TestContext,
    { network, ...config }: Partial<Omit<BalancerConfig, 'network'>> & { readonly network?: Partial<NetworkConfig> },
    targets: readonly RawTarget[],
  ): Promise<TestNetworkBalancer> {
    const it = await startBalancer(
      t,
      { healthCheck: { ...TEST_CONFIG.healthCheck, intervalMs: 40, timeoutMs: 2000 }, ...config, network: { ...NETWORK, ...network } },
      targets,
    );
    const balancer = new TestNetworkBalancer(it);
    for (const { address } of targets) await balancer.sees(address.id, 'healthy');
    return balancer;
  }

  get flows(): readonly FlowRecord[] {
    return this.#it.records as unknown as readonly FlowRecord[];
  }

  connect(): Peer {
    return Peer.to(this.#it.port);
  }

  /** A connection to the target of that name: opens as many as it takes, and hangs up the others. */
  async connectTo(target: RawTarget): Promise<Peer> {
    for (let count = 0; count < 100; count++) {
      const known = target.connections.length;
      const peer = this.connect();
      peer.send('hello');
      await peer.receives('echo hello');
      if (target.connections.slice(known).some(({ received }) => received === 'hello')) return peer;
      peer.socket.destroy();
    }
    throw new Error(`100 connections, and none went to ${target.address.id}`);
  }

  deregister(target: RawTarget): void {
    this.#it.balancer.deregister(target.address.id);
  }

  /** The states that it has reported of a target. */
  states(targetId: string): readonly string[] {
    return this.#it.reports.flatMap((report) => (report.type === 'target-health' && report.targetId === targetId ? [report.state] : []));
  }

  /** The reason of the state that it has reported last. */
  reason(targetId: string): string | undefined {
    return this.#it.reports.flatMap((report) => (report.type === 'target-health' && report.targetId === targetId ? [report.reason] : [])).at(-1);
  }

  async sees(targetId: string, state: string): Promise<void> {
    await waitFor(`${targetId} to be ${state}`, () => this.states(targetId).at(-1) === state);
  }

  async ended(count: number): Promise<readonly FlowRecord[]> {
    await waitFor(`${count} records`, () => this.flows.length >= count);
    return this.flows;
  }

  stop(graceMs: number): Promise<void> {
    return this.#it.balancer.stop(graceMs);
  }
}

/** Answers each piece with `echo ` before it. */
export function echo(peer: Peer): void {
  peer.socket.on('data', (chunk) => peer.socket.write(`echo ${chunk.toString('latin1')}`, 'latin1'));
  peer.socket.on('end', () => peer.socket.end());
}

export const NETWORK: NetworkConfig = {
  healthCheckProtocol: 'tcp',
  terminatesUnhealthy: true,
  terminatesAfterDelay: false,
  newConnectionsMs: [0, 0],
  proxyProtocol: false,
};

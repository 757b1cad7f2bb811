import { randomBytes } from 'node:crypto';
import type { HealthReason, HealthState } from '@spotproof/world';
import type { BalancerRecord } from './balancer-record.ts';
import { accessLogLine } from './access-log.ts';
import { BalancerNode } from './balancer-node.ts';
import { checkBalancerConfig } from './config.ts';
import { epochNow } from '../epoch.ts';
import type { SettledExchange } from './exchange.ts';
import { loopbackAddress } from './loopback-address.ts';
import { endedByItself, type FlowRecord } from './network/flow-record.ts';
import { NetworkNode } from './network/network-node.ts';
import type { BalancerConfig, BalancerReport, NodeAddress, TargetAddress } from './protocol.ts';
import { recordLine } from './record-line.ts';

export interface BalancerOptions {
  readonly config: BalancerConfig;
  /** Takes one line of `balancer.ndjson`. */
  readonly writeRecord: (line: string) => void;
  /** Takes one line of the access log; left out for none. */
  readonly writeAccessLog?: (line: string) => void;
  readonly report: (report: BalancerReport) => void;
}

/** A local Application or Network Load Balancer with one listener and one target group, in front of targets on loopback. */
export class Balancer {
  /** Requests (connections of a Network Load Balancer) that have ended, and those among them that it could not serve as the target meant it. */
  requests = 0;
  errors = 0;
  readonly #options: BalancerOptions;
  readonly #nodes: (BalancerNode | NetworkNode)[] = [];
  readonly #lagging = new Set<NodeJS.Timeout>();
  #hasFailed = false;

  /** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` when a value of the configuration is out of range. */
  constructor(options: BalancerOptions) {
    checkBalancerConfig(options.config);
    this.#options = options;
  }

  async listen(): Promise<readonly NodeAddress[]> {
    const addresses: NodeAddress[] = [];
    for (let index = 0; index < this.#options.config.nodes; index++) {
      const node = this.#createNode(index, await loopbackAddress(index));
      this.#nodes.push(node);
      addresses.push(await node.listen());
    }
    return addresses;
  }

  /** Registers with each node after its lag; `lagMs` has one entry a node, and a missing one is 0. */
  register(target: TargetAddress, lagMs: readonly number[] = []): void {
    for (const [index, node] of this.#nodes.entries()) this.#after(lagMs[index] ?? 0, () => node.register(target));
  }

  deregister(targetId: string, lagMs: readonly number[] = []): void {
    for (const [index, node] of this.#nodes.entries()) this.#after(lagMs[index] ?? 0, () => node.deregister(targetId));
  }

  get inFlight(): number {
    return this.#nodes.reduce((sum, node) => sum + node.inFlight, 0);
  }

  /** Stops listening, finishes what is in flight for at most `graceMs`, then cuts the rest. Every request is on record afterwards. */
  async stop(graceMs: number): Promise<void> {
    this.#forgetLagging();
    await Promise.all(this.#nodes.map((node) => node.stop(graceMs)));
  }

  destroy(): void {
    this.#forgetLagging();
    for (const node of this.#nodes) node.destroy();
  }

  #createNode(index: number, localAddress: string | undefined): BalancerNode | NetworkNode {
    const name = `node-${String.fromCodePoint('a'.charCodeAt(0) + index)}`;
    const { report, config } = this.#options;
    const common = {
      name,
      config,
      localAddress,
      onHealth: (targetId: string, state: HealthState, reason: HealthReason | undefined): void =>
        report({ type: 'target-health', node: name, targetId, state, reason, at: epochNow() }),
      onDraining: (targetId: string): void => report({ type: 'target-draining', node: name, targetId, at: epochNow() }),
      onLocalFailure: (error: NodeJS.ErrnoException): void => this.#reportLocalFailure(error),
    };
    const { network } = config;
    if (network !== undefined) return new NetworkNode({ ...common, network, onRecord: (record) => this.#recordFlow(record) });
    return new BalancerNode({
      ...common,
      tracePrefix: randomBytes(9).toString('hex'),
      onRecord: (record, exchange) => this.#record(record, exchange),
    });
  }

  /** Once is enough: what follows is more of the same. */
  #reportLocalFailure(error: NodeJS.ErrnoException): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const message = `The balancer itself ran out of something: ${error.message}. Lower the rate, or raise the limits of this machine.`;
    this.#options.report({ type: 'failed', message });
  }

  #record(record: BalancerRecord, exchange: SettledExchange | undefined): void {
    this.requests++;
    if (record.cause !== undefined && record.cause !== 'client-closed') this.errors++;
    this.#options.writeRecord(recordLine(record));
    if (exchange !== undefined) this.#options.writeAccessLog?.(accessLogLine(exchange.accessLogFacts(record)));
  }

  #recordFlow(record: FlowRecord): void {
    this.requests++;
    if (!endedByItself(record)) this.errors++;
    this.#options.writeRecord(`${JSON.stringify(record)}\n`);
  }

  #after(lagMs: number, act: () => void): void {
    if (lagMs <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      this.#lagging.delete(timer);
      act();
    }, lagMs);
    this.#lagging.add(timer);
  }

  #forgetLagging(): void {
    for (const timer of this.#lagging) clearTimeout(timer);
    this.#lagging.clear();
  }
}

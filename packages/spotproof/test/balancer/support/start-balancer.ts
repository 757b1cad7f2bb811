import type { TestContext } from 'node:test';
import { Balancer } from '../../../src/balancer/balancer.ts';
import type { BalancerConfig, BalancerReport, NodeAddress } from '../../../src/balancer/protocol.ts';
import type { BalancerRecord } from '../../../src/balancer/balancer-record.ts';
import { Peer } from './peer.ts';
import type { RawTarget } from './raw-target.ts';

/** A balancer in this process, with what it wrote. */
export class TestBalancer {
  readonly balancer: Balancer;
  readonly nodes: readonly NodeAddress[];
  readonly records: BalancerRecord[];
  readonly accessLog: string[];
  readonly reports: BalancerReport[];

  constructor(parts: Pick<TestBalancer, 'balancer' | 'nodes' | 'records' | 'accessLog' | 'reports'>) {
    this.balancer = parts.balancer;
    this.nodes = parts.nodes;
    this.records = parts.records;
    this.accessLog = parts.accessLog;
    this.reports = parts.reports;
  }

  get port(): number {
    return this.nodes[0]?.port ?? 0;
  }

  /** A client's connection to the first node. */
  connect(): Peer {
    return Peer.to(this.port);
  }

  /** Sends one request on a connection of its own and waits for the end of the head of its answer. */
  async request(text: string): Promise<Peer> {
    const peer = this.connect();
    peer.send(text);
    await peer.until('an answer', () => peer.received.includes('\r\n\r\n') || peer.ending !== undefined);
    return peer;
  }

  async recorded(count: number): Promise<readonly BalancerRecord[]> {
    await waitFor(`${count} records`, () => this.records.length >= count);
    return this.records;
  }

  /** The only record, once it is there. */
  async record(): Promise<BalancerRecord> {
    const [record] = await this.recorded(1);
    if (record === undefined || this.records.length !== 1) throw new Error(`expected one record, got ${this.records.length}`);
    return record;
  }
}

export async function startBalancer(
  t: TestContext,
  config: Partial<BalancerConfig> = {},
  targets: readonly Pick<RawTarget, 'address'>[] = [],
): Promise<TestBalancer> {
  const records: BalancerRecord[] = [];
  const accessLog: string[] = [];
  const reports: BalancerReport[] = [];
  const balancer = new Balancer({
    config: { ...TEST_CONFIG, ...config },
    // Our own lines, read back as the lab reads them.
    writeRecord: (line) => records.push(JSON.parse(line) as BalancerRecord),
    writeAccessLog: (line) => accessLog.push(line),
    report: (report) => reports.push(report),
  });
  t.after(() => balancer.destroy());
  const nodes = await balancer.listen();
  for (const target of targets) balancer.register(target.address);
  return new TestBalancer({ balancer, nodes, records, accessLog, reports });
}

/** Looks again each few milliseconds, for facts that announce themselves to nobody. */
export async function waitFor(what: string, isTrue: () => boolean, limitMs = 10_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const get = (path = '/', headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: example\r\n${headers}\r\n`;

/** Health checks so rare that none disturbs a target's script: its targets stay `initial`, and are routed to as the only ones there are. */
export const TEST_CONFIG: BalancerConfig = {
  nodes: 1,
  algorithm: 'round_robin',
  idleTimeoutMs: 60_000,
  clientKeepAliveMs: 3_600_000,
  connectTimeoutMs: 10_000,
  deregistrationDelayMs: 300_000,
  healthCheck: { path: '/health', intervalMs: 300_000, timeoutMs: 5000, healthyThreshold: 2, unhealthyThreshold: 2, matcher: [200, 200] },
  finLagMs: 1,
  adversary: 'none',
  recordsPath: '',
  accessLogPath: undefined,
};

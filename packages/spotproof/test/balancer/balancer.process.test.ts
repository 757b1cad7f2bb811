import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FlowRecord } from '../../src/balancer/network/flow-record.ts';
import type { BalancerCommand, BalancerConfig, BalancerReport } from '../../src/balancer/protocol.ts';
import { Peer } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, TEST_CONFIG, waitFor } from './support/start-balancer.ts';
import { echo, NETWORK } from './support/start-network-balancer.ts';

const MAIN = fileURLToPath(new URL('../../src/balancer/process/main.ts', import.meta.url));
const EXEC_ARGV = ['--conditions=@spotproof/source'];

class BalancerProcess {
  readonly child: ChildProcess;
  readonly reports: BalancerReport[] = [];

  constructor(t: TestContext) {
    this.child = fork(MAIN, { execArgv: EXEC_ARGV });
    this.child.on('message', (report: BalancerReport) => this.reports.push(report));
    t.after(() => this.child.kill('SIGKILL'));
  }

  send(command: BalancerCommand): void {
    this.child.send(command);
  }

  async report<Type extends BalancerReport['type']>(type: Type): Promise<Extract<BalancerReport, { type: Type }>> {
    const find = (): BalancerReport | undefined => this.reports.find((report) => report.type === type);
    await waitFor(`the report ${type}`, () => find() !== undefined);
    // The type was just compared.
    return find() as Extract<BalancerReport, { type: Type }>;
  }

  async exit(): Promise<readonly [number | null, string | null]> {
    await waitFor('the process to end', () => this.child.exitCode !== null || this.child.signalCode !== null);
    return [this.child.exitCode, this.child.signalCode];
  }
}

async function configIn(t: TestContext, change: Partial<BalancerConfig> = {}): Promise<BalancerConfig> {
  const directory = await mkdtemp(join(tmpdir(), 'spotproof-balancer-'));
  t.after(() => rm(directory, { recursive: true }));
  return { ...TEST_CONFIG, recordsPath: join(directory, 'balancer.ndjson'), accessLogPath: join(directory, 'access.log'), ...change };
}

describe('the balancer process', () => {
  test('serves, reports once a second, writes its files out at stop and ends with the channel', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = new BalancerProcess(t);
    const config = await configIn(t);
    balancer.send({ type: 'start', config });
    const { nodes } = await balancer.report('listening');
    balancer.send({ type: 'register', target: target.address, lagMs: [0] });
    await balancer.report('target-health');

    const client = Peer.to(nodes[0]?.port ?? 0);
    client.send(get('/', 'x-spotproof-request: r-1\r\n'));
    await client.receives('ok');
    const load = await balancer.report('load');
    balancer.send({ type: 'deregister', targetId: 'target', lagMs: [0] });
    await balancer.report('target-draining');
    client.socket.end();
    balancer.send({ type: 'stop', graceMs: 1000 });
    const stopped = await balancer.report('stopped');

    assert.ok(load.cpuMs > 0 && load.maxLoopDelayMs >= 0 && load.requests <= 1);
    assert.equal(stopped.requests, 1);
    const lines = (await readFile(config.recordsPath, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { id: string }).id),
      ['r-1'],
    );
    assert.match(await readFile(config.accessLogPath ?? '', 'utf8'), /^http .* "GET http:\/\/example\/ HTTP\/1\.1"/u);
    balancer.child.disconnect();
    assert.deepEqual(await balancer.exit(), [0, null]);
  });

  test('as a network load balancer writes down each connection, with those that are still open at its end', async (t) => {
    const target = await startTarget(t, echo);
    const balancer = new BalancerProcess(t);
    const config = await configIn(t, { network: NETWORK });
    balancer.send({ type: 'start', config });
    const { nodes } = await balancer.report('listening');
    balancer.send({ type: 'register', target: target.address, lagMs: [0] });
    await balancer.report('target-health');
    const [ended, open] = [Peer.to(nodes[0]?.port ?? 0), Peer.to(nodes[0]?.port ?? 0)];
    for (const client of [ended, open]) client.send('hello');
    for (const client of [ended, open]) await client.receives('echo hello');
    const ports = [ended, open].map(({ socket }) => socket.localPort);
    ended.socket.end();
    await ended.ends();

    balancer.send({ type: 'stop', graceMs: 50 });

    assert.equal((await balancer.report('stopped')).requests, 2);
    assert.equal(await open.ends(), 'rst');
    const records = (await readFile(config.recordsPath, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(
      records.map((line) => {
        const { kind, client, target: to, receivedOctets, sentOctets, end } = JSON.parse(line) as FlowRecord;
        return [kind, client, to, receivedOctets, sentOctets, end];
      }),
      ports.map((port, index) => ['flow', `127.0.0.1:${port}`, 'target', 5, 10, ['closed', 'stopped'][index]]),
    );
  });

  test('says what is wrong with its configuration, and ends', async (t) => {
    const balancer = new BalancerProcess(t);

    balancer.send({ type: 'start', config: await configIn(t, { nodes: 99 }) });

    assert.match((await balancer.report('failed')).message, /nodes must be between 1 and 6, got 99/u);
    assert.deepEqual(await balancer.exit(), [3, null]);
  });

  test('survives the Ctrl-C that the terminal sends to everybody, and writes its records when the channel closes', async (t) => {
    const balancer = new BalancerProcess(t);
    const config = await configIn(t);
    balancer.send({ type: 'start', config });
    const { nodes } = await balancer.report('listening');
    const client = Peer.to(nodes[0]?.port ?? 0);
    client.send(get());
    await client.receives('503');

    balancer.child.kill('SIGINT');
    balancer.child.kill('SIGTERM');
    client.clear();
    client.send(get());
    await client.receives('503');
    balancer.child.disconnect();

    assert.deepEqual(await balancer.exit(), [0, null]);
    assert.equal((await readFile(config.recordsPath, 'utf8')).trimEnd().split('\n').length, 2);
  });

  test('does not outlive a parent that is SIGKILLed', async (t) => {
    const program = `
      const child = require('node:child_process').fork(${JSON.stringify(MAIN)}, { execArgv: ${JSON.stringify(EXEC_ARGV)} });
      child.on('message', (report) => report.type === 'listening' && console.log(child.pid));
      child.send({ type: 'start', config: ${JSON.stringify(await configIn(t))} });
    `;
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
    const pid = Number(line.toString());
    assert.ok(isAlive(pid));

    parent.kill('SIGKILL');

    await waitFor('the balancer to end', () => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

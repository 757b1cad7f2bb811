// What the lab's own instruments cost: the balancer's CPU per request beside nginx and haproxy, the generator's beside autocannon and wrk, each
// interleaved in one run. Load generator, proxy and backends share the machine, so CPU per request is the portable figure, not throughput.
//   npm run bench -- balancer-cost [--rounds 7] [--seconds 3] [--only balancers|generators]
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { autocannon, type GeneratorOptions, type GeneratorRun, ourGenerator, wrkGenerator } from './cost/generators.ts';
import { haproxy, nginx, ourBalancer, type Proxy } from './cost/proxies.ts';
import { cpuMs } from './measure/cpu.ts';
import type { Slice } from './measure/pairs.ts';
import { bootstrapMedian, median } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';
import { ensureTools } from './tools/ensure-tool.ts';
import { freePort, start, untilListening } from './tools/started.ts';
import { wrk } from './tools/wrk.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly directory: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '3' }, only: { type: 'string' } },
  });
  ensureTools(['wrk', 'nginx', 'haproxy']);
  console.log(describeMachine());
  const directory = await mkdtemp(path.join(os.tmpdir(), 'spotproof-bench-'));
  try {
    const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), directory };
    if (values.only !== 'generators') console.log(`\n${await balancerTable(options)}`);
    if (values.only !== 'balancers') console.log(`\n${await generatorTable(options)}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Each proxy in turn, beginning with another one each round. */
async function balancerTable({ rounds, seconds, directory }: Options): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const backends: number[] = [];
  for (let index = 0; index < 3; index++) {
    const port = await freePort();
    stack.use(start(process.execPath, [APP], { env: { ...process.env, PORT: String(port) } }));
    await untilListening(port);
    backends.push(port);
  }
  const proxies: Proxy[] = [];
  for (const open of [ourBalancer, nginx, haproxy, (options: Parameters<typeof nginx>[0]) => nginx(options, 'nginx again (resolution)')]) {
    proxies.push(stack.use(await open({ backends, directory })));
  }
  for (const proxy of proxies) await slice(proxy, 1);

  const slices = new Map<Proxy, Slice[]>(proxies.map((proxy) => [proxy, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < proxies.length; turn++) {
      const proxy = proxies[(round + turn) % proxies.length];
      if (proxy !== undefined) slices.get(proxy)?.push(await slice(proxy, seconds));
    }
    console.error(`balancers: round ${round + 1} of ${rounds}`);
  }
  const reference = [...slices].find(([proxy]) => proxy.name === 'nginx')?.[1] ?? [];
  const rows = [...slices].map(([proxy, own]) => [
    proxy.name,
    spread(own.map((entry) => entry.cpuMicrosecondsPerRequest)),
    ratio(own.map((entry, round) => entry.cpuMicrosecondsPerRequest / (reference[round]?.cpuMicrosecondsPerRequest ?? Number.NaN))),
    median(own.map((entry) => entry.requestsPerSecond)).toFixed(0),
  ]);
  return markdownTable(['proxy (wrk -t1 -c48, 3 backends)', 'CPU µs/request', 'CPU against nginx', 'req/s'], rows);
}

async function slice({ url, pid }: Proxy, seconds: number): Promise<Slice> {
  const before = cpuMs(pid);
  const { requests, requestsPerSecond } = await wrk({ url, connections: 48, seconds });
  return { requestsPerSecond, cpuMicrosecondsPerRequest: ((cpuMs(pid) - before) * 1_000) / requests };
}

async function generatorTable({ rounds, seconds, directory }: Options): Promise<string> {
  await using server = await nginx({ backends: [1], directory });
  const port = Number(new URL(server.url).port);
  const contestants: readonly [name: string, run: (options: GeneratorOptions) => Promise<GeneratorRun>, rate: number][] = RATES.flatMap((rate) => [
    [`spotproof's generator at ${rate}/s`, ourGenerator, rate] as const,
    [`autocannon -c64 at ${rate}/s`, autocannon, rate] as const,
  ]).map(([name, run, rate]) => [name, run, rate]);
  const all: typeof contestants = [...contestants, ['wrk -t1 -c64, as fast as it can', wrkGenerator, Number.NaN]];

  const runs = all.map(([name, run, ratePerSecond]) => ({ name, run, ratePerSecond, results: [] as GeneratorRun[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < runs.length; turn++) {
      const contestant = runs[(round + turn) % runs.length];
      contestant?.results.push(await contestant.run({ port, directory, seconds, ratePerSecond: contestant.ratePerSecond }));
    }
    console.error(`generators: round ${round + 1} of ${rounds}`);
  }
  const rows = runs.map(({ name, results }) => [
    name,
    spread(results.map((result) => result.cpuMicrosecondsPerRequest)),
    median(results.map((result) => result.requestsPerSecond)).toFixed(0),
    lateness(results),
  ]);
  return markdownTable(['generator (against one nginx)', 'CPU µs/request', 'req/s', 'lateness p99 ms'], rows);
}

function lateness(results: readonly GeneratorRun[]): string {
  const known = results.flatMap((result) => (result.latenessP99Ms === undefined ? [] : [result.latenessP99Ms]));
  return known.length === 0 ? 'not told' : spread(known);
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(1)} [${Math.min(...values).toFixed(1)}, ${Math.max(...values).toFixed(1)}]`;
}

function ratio(values: readonly number[]): string {
  const { median: middle, low, high } = bootstrapMedian(values);
  return `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

const RATES = [5_000, 10_000] as const;
const APP = fileURLToPath(new URL('./cost/answer-17.mjs', import.meta.url));

await main();

// What protection costs per request: in process against plain and against peers, then end to end against the bare server, paired and interleaved.
//   npm run bench -- runtime-cost [--node /usr/bin/node] [--blocks 15] [--seconds 2] [--batches 400]
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cpuMs } from './measure/cpu.ts';
import { measurePairs, type Paired, type Slice } from './measure/pairs.ts';
import { type Interval, quantile } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';
import { ensureTools } from './tools/ensure-tool.ts';
import { freePort, start, type Started, untilListening } from './tools/started.ts';
import { wrk } from './tools/wrk.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      /** The Node that is measured. */
      node: { type: 'string', default: process.execPath },
      blocks: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '2' },
      batches: { type: 'string', default: '400' },
    },
  });
  const run = promisify(execFile);
  const version = (await run(values.node, ['--version'])).stdout.trim();
  console.log(`${describeMachine()}; measured: Node ${version}`);
  const { stdout } = await run(values.node, [IN_PROCESS, values.batches, '2000'], { maxBuffer: 1e8 });
  console.log(`\n${inProcessTable(JSON.parse(stdout) as readonly InProcess[])}`);

  ensureTools(['wrk']);
  const rows: (readonly string[])[] = [];
  for (const contestant of CONTESTANTS) {
    const paired = await endToEnd(contestant, { node: values.node, blocks: Number(values.blocks), seconds: Number(values.seconds) });
    rows.push(pairedRow(contestant.name, paired));
    console.error(`${contestant.name}: done`);
  }
  console.log(
    `\n${markdownTable(['against the bare server', 'throughput ratio', 'CPU per request ratio', 'bare: req/s', 'bare: CPU µs/req'], rows)}`,
  );
}

interface InProcess {
  readonly name: string;
  /** Per request, one entry a batch. */
  readonly nanoseconds: readonly number[];
}

/** The 10th percentile of the batches: what is left when nobody disturbs. */
function inProcessTable(variants: readonly InProcess[]): string {
  const costs = variants.map(({ name, nanoseconds }) => ({ name, cost: quantile(nanoseconds, 0.1) }));
  const plain = costs[0]?.cost ?? Number.NaN;
  const rows = costs.map(({ name, cost }) => [name, cost.toFixed(0), (cost - plain).toFixed(0)]);
  return markdownTable(['in process, per request', 'ns', 'added to plain, ns'], rows);
}

interface Contestant {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly nodeArguments: readonly string[];
}

const BARE: Contestant = { name: 'bare again (resolution)', env: {}, nodeArguments: [] };

const CONTESTANTS: readonly Contestant[] = [
  BARE,
  { name: 'protect()', env: { VARIANT: 'protect' }, nodeArguments: [] },
  { name: '--import @spotproof/runtime/auto', env: {}, nodeArguments: ['--import', '@spotproof/runtime/auto'] },
];

interface EndToEndOptions {
  readonly node: string;
  readonly blocks: number;
  readonly seconds: number;
}

/** Both servers are alive the whole time; each is asked in turn. */
async function endToEnd(contestant: Contestant, { node, blocks, seconds }: EndToEndOptions): Promise<Paired> {
  await using left = await serve(BARE, node);
  await using right = await serve(contestant, node);
  for (const warmUp of [left, right]) await slice(warmUp, 1);
  return await measurePairs({ left: () => slice(left, seconds), right: () => slice(right, seconds), blocks });
}

interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly program: Started;
}

async function serve({ env, nodeArguments }: Contestant, node: string): Promise<Serving> {
  const port = await freePort();
  const program = start(node, [...nodeArguments, APP], { env: { ...process.env, ...env, PORT: String(port) } });
  await untilListening(port);
  return { url: `http://127.0.0.1:${port}/`, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

async function slice({ url, program }: Serving, seconds: number): Promise<Slice> {
  const before = cpuMs(program.pid);
  const { requests, requestsPerSecond } = await wrk({ url, connections: 32, seconds });
  return { requestsPerSecond, cpuMicrosecondsPerRequest: ((cpuMs(program.pid) - before) * 1_000) / requests };
}

function pairedRow(name: string, { throughput, cpu, left }: Paired): readonly string[] {
  return [name, interval(throughput), interval(cpu), left.requestsPerSecond.toFixed(0), left.cpuMicrosecondsPerRequest.toFixed(1)];
}

function interval({ median, low, high }: Interval): string {
  return `${median.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

const APP = fileURLToPath(new URL('./cost/answer-17.mjs', import.meta.url));
const IN_PROCESS = fileURLToPath(new URL('./cost/in-process.mjs', import.meta.url));

await main();

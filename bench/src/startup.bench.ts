// What each adds to the start of a process: paired with the same app without it, interleaved.
//   npm run bench -- startup [--node /usr/bin/node] [--blocks 20] [--only auto]
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { bootstrapMedian, type Interval } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      /** The Node that is measured. */
      node: { type: 'string', default: process.execPath },
      /** Four starts each. */
      blocks: { type: 'string', default: '20' },
      only: { type: 'string', default: '' },
    },
  });
  const version = (await run(values.node, ['--version'])).stdout.trim();
  console.log(`${describeMachine()}; measured: Node ${version}, ${Number(values.blocks) * 2} starts a side`);
  const rows: (readonly string[])[] = [];
  for (const contestant of CONTESTANTS.filter(({ name }) => name.includes(values.only))) {
    const added = await measure(contestant, values.node, Number(values.blocks));
    rows.push([contestant.name, contestant.listens ? 'listens' : 'ends', interval(added.cpu), interval(added.wall), added.bareCpuMs.toFixed(0)]);
    console.error(`${contestant.name}: done`);
  }
  console.log(`\n${markdownTable(['adds to the start', 'the app', 'CPU, ms', 'wall clock, ms', 'bare: CPU, ms'], rows)}`);
}

interface Contestant {
  readonly name: string;
  /** The app opens an HTTP server; otherwise it ends at once, as tools do that a preload reaches as well. */
  readonly listens: boolean;
  readonly nodeArguments: readonly string[];
  /** What the app brings along in code. */
  readonly uses?: string;
}

const AUTO = ['--import', '@spotproof/runtime/auto'];
/** The drain behind the preload, which no door leads to: loaded at once, as it was before the preload waited. */
const DRAIN = ['--import', new URL('auto/protect-opened.js', import.meta.resolve('@spotproof/runtime/auto')).href];

const CONTESTANTS: readonly Contestant[] = [
  { name: 'nothing (resolution)', listens: false, nodeArguments: [] },
  { name: 'auto', listens: false, nodeArguments: AUTO },
  { name: 'auto, everything at once', listens: false, nodeArguments: [...AUTO, ...DRAIN] },
  { name: 'nothing (resolution)', listens: true, nodeArguments: [] },
  { name: 'auto', listens: true, nodeArguments: AUTO },
  { name: 'auto, everything at once', listens: true, nodeArguments: [...AUTO, ...DRAIN] },
  { name: 'protect()', listens: true, nodeArguments: [], uses: 'protect()' },
  { name: 'terminus', listens: true, nodeArguments: [], uses: 'terminus' },
  { name: 'http-terminator', listens: true, nodeArguments: [], uses: 'http-terminator' },
  { name: 'http-graceful-shutdown', listens: true, nodeArguments: [], uses: 'http-graceful-shutdown' },
  { name: 'close-with-grace', listens: true, nodeArguments: [], uses: 'close-with-grace' },
];

interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** In the order bare, with, with, bare, so that a drift of the machine cancels; the differences are of each block's own starts. */
async function measure({ listens, nodeArguments, uses }: Contestant, node: string, blocks: number): Promise<Added> {
  const bare = (): Promise<Start> => start(node, [], listens, undefined);
  const full = (): Promise<Start> => start(node, nodeArguments, listens, uses);
  // Before the first block, so that every file is in the page cache.
  await bare();
  await full();
  const found: { readonly cpu: number; readonly wall: number; readonly bareCpuMs: number }[] = [];
  for (let block = 0; block < blocks; block++) {
    const [a, b, c, d] = [await bare(), await full(), await full(), await bare()];
    found.push({ cpu: (b.cpuMs + c.cpuMs - a.cpuMs - d.cpuMs) / 2, wall: (b.wallMs + c.wallMs - a.wallMs - d.wallMs) / 2, bareCpuMs: a.cpuMs });
  }
  return {
    cpu: bootstrapMedian(found.map(({ cpu }) => cpu)),
    wall: bootstrapMedian(found.map(({ wall }) => wall)),
    bareCpuMs: bootstrapMedian(found.map(({ bareCpuMs }) => bareCpuMs)).median,
  };
}

interface Added {
  readonly cpu: Interval;
  readonly wall: Interval;
  readonly bareCpuMs: number;
}

async function start(node: string, nodeArguments: readonly string[], listens: boolean, uses: string | undefined): Promise<Start> {
  const env = { PATH: process.env['PATH'], LISTEN: listens ? 'yes' : 'no', WITH: uses ?? '' };
  const { stdout } = await run(node, [...nodeArguments, APP], { env, timeout: 30_000 });
  const told: Start = JSON.parse(stdout);
  return told;
}

function interval({ median, low, high }: Interval): string {
  return `${median.toFixed(1)} [${low.toFixed(1)}, ${high.toFixed(1)}]`;
}

const run = promisify(execFile);
const APP = fileURLToPath(new URL('./startup/listen.mjs', import.meta.url));

await main();

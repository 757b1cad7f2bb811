// What the doors of the runtime cost per request or message, against the same app without them: paired, interleaved, over real connections.
//   npm run bench -- adapters-cost [--node /usr/bin/node] [--blocks 6] [--seconds 1] [--only fastify]
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cpuMs } from './measure/cpu.ts';
import { measurePairs, type Slice } from './measure/pairs.ts';
import type { Interval } from './measure/statistics.ts';
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
      blocks: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
    },
  });
  ensureTools(['wrk']);
  const version = (await promisify(execFile)(values.node, ['--version'])).stdout.trim();
  console.log(`${describeMachine()}; measured: Node ${version}`);
  const rows: (readonly string[])[] = [];
  for (const contestant of CONTESTANTS.filter(({ name }) => name.includes(values.only))) {
    await using left = await serve(contestant.kind, false, values.node);
    await using right = await serve(contestant.kind, contestant.isProtected, values.node);
    const seconds = Number(values.seconds);
    for (const warmUp of [left, right]) await slice(contestant.kind, warmUp, 1);
    const paired = await measurePairs({
      left: () => slice(contestant.kind, left, seconds),
      right: () => slice(contestant.kind, right, seconds),
      blocks: Number(values.blocks),
    });
    rows.push([
      contestant.name,
      interval(paired.throughput),
      interval(paired.cpu),
      paired.left.requestsPerSecond.toFixed(0),
      paired.left.cpuMicrosecondsPerRequest.toFixed(1),
    ]);
    console.error(`${contestant.name}: done`);
  }
  console.log(`\n${markdownTable(['against the bare app', 'throughput ratio', 'CPU per request ratio', 'bare: req/s', 'bare: CPU µs/req'], rows)}`);
}

type Kind = 'fastify' | 'express' | 'http2' | 'ws';

const CONTESTANTS: readonly { readonly name: string; readonly kind: Kind; readonly isProtected: boolean }[] = [
  { name: 'fastify again (resolution)', kind: 'fastify', isProtected: false },
  { name: 'fastify with the plugin', kind: 'fastify', isProtected: true },
  { name: 'express, protect() on its server', kind: 'express', isProtected: true },
  { name: 'http2 again (resolution)', kind: 'http2', isProtected: false },
  { name: 'http2, protect(): a stream', kind: 'http2', isProtected: true },
  { name: 'ws, protectWebSockets(): a message', kind: 'ws', isProtected: true },
];

interface Serving extends AsyncDisposable {
  readonly port: number;
  readonly program: Started;
}

async function serve(kind: Kind, isProtected: boolean, node: string): Promise<Serving> {
  const port = await freePort();
  const env = { ...process.env, KIND: kind, PROTECT: isProtected ? 'yes' : 'no', PORT: String(port) };
  const program = start(node, [APP], { env });
  await untilListening(port);
  return { port, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

async function slice(kind: Kind, { port, program }: Serving, seconds: number): Promise<Slice> {
  const before = cpuMs(program.pid);
  const { requests, seconds: took } = await drive(kind, port, seconds);
  return { requestsPerSecond: requests / took, cpuMicrosecondsPerRequest: ((cpuMs(program.pid) - before) * 1_000) / requests };
}

interface Driven {
  readonly requests: number;
  readonly seconds: number;
}

async function drive(kind: Kind, port: number, seconds: number): Promise<Driven> {
  if (kind === 'fastify' || kind === 'express') return await wrk({ url: `http://127.0.0.1:${port}/`, connections: 32, seconds });
  const { stdout } = await promisify(execFile)(process.execPath, [DRIVE, kind, String(port), String(seconds)], { timeout: 60_000 });
  const driven: Driven = JSON.parse(stdout);
  return driven;
}

function interval({ median, low, high }: Interval): string {
  return `${median.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

const APP = fileURLToPath(new URL('./cost/adapter-app.mjs', import.meta.url));
const DRIVE = fileURLToPath(new URL('./cost/drive.mjs', import.meta.url));

await main();

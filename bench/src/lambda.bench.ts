// How large the controller's function is, and what its first start costs: loaded from node_modules, and bundled with its parts of the AWS SDK.
//   npm run bench -- lambda [--starts 30]
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bootstrapMedian } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { starts: { type: 'string', default: '30' } } });
  const entry = fileURLToPath(import.meta.resolve('@spotproof/controller/lambda'));
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-lambda-'));
  try {
    const bundled = path.join(folder, 'index.mjs');
    const external = path.join(folder, 'external.mjs');
    // Parts of the SDK are CommonJS and ask for `require`.
    const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    await bundle(entry, bundled, [`--banner:js=${banner}`]);
    await bundle(entry, external, ['--external:@aws-sdk/*']);
    const sizes = [
      ['bundled with the AWS SDK', ...sizesOf(bundled)],
      ['own code alone, SDK of the runtime', ...sizesOf(external)],
    ];
    console.log(`${describeMachine()}\n\n${markdownTable(['function', 'kB', 'kB, gzip'], sizes)}`);

    const variants = [
      { name: 'nothing', file: undefined },
      { name: 'from node_modules', file: entry },
      { name: 'bundled', file: bundled },
    ];
    const costs = new Map(variants.map(({ name }) => [name, [] as number[]]));
    for (let start = 0; start < Number(values.starts); start++) for (const { name, file } of variants) costs.get(name)?.push(await startOnce(file));
    const rows = [...costs].map(([name, cpu]) => {
      const { median, low, high } = bootstrapMedian(cpu);
      return [name, `${median.toFixed(0)} [${low.toFixed(0)}, ${high.toFixed(0)}]`];
    });
    console.log(`\n${markdownTable(['start of the process and of the module', 'CPU, ms'], rows)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(entry: string, outfile: string, options: readonly string[]): Promise<void> {
  const esbuild = fileURLToPath(new URL('../node_modules/.bin/esbuild', import.meta.url));
  const common = ['--bundle', '--minify', '--platform=node', '--target=node22', '--format=esm', '--log-level=error', `--outfile=${outfile}`];
  await promisify(execFile)(esbuild, [entry, ...common, ...options]);
}

function sizesOf(file: string): readonly string[] {
  return [statSync(file).size, gzipSync(readFileSync(file)).length].map((size) => (size / 1000).toFixed(0));
}

/** CPU time of a process that loads the function and its clients, as the first invocation of a new execution environment would. */
async function startOnce(file: string | undefined): Promise<number> {
  const code = `${file === undefined ? '' : `const { handler } = await import(${JSON.stringify(file)}); await handler({ Records: [] });`}
    const { user, system } = process.cpuUsage(); console.log(user + system);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, ...ENVIRONMENT },
  });
  return Number(stdout.trim().split('\n').at(-1)) / 1000;
}

const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'lab',
  AWS_SECRET_ACCESS_KEY: 'lab',
  SPOTPROOF_UNITS: JSON.stringify([{ cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 10 }]),
  SPOTPROOF_MEMORY_TABLE: 'memory',
};

await main();

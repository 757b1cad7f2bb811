// `npm run check`: everything that can be said about the code without running its tests. Shows every failure, not only the first.
import { parseArgs } from 'node:util';
import { BUILD, type Gate, type GateResult, gates } from './checks/gates.ts';
import { formatDuration, indent } from './support/print.ts';

async function main(): Promise<number> {
  parseArgs({ options: {}, strict: true });
  const startedAt = performance.now();
  const failed: string[] = [];
  const run = async (gate: Gate): Promise<boolean> => {
    const { ok, durationMs, output } = await time(gate);
    console.log(`${ok ? '✔' : '✖'} ${gate.name}  ${formatDuration(durationMs)}`);
    if (ok) return true;
    failed.push(gate.name);
    console.log(indent(output));
    return false;
  };

  const isBuilt = await run(BUILD);
  const all = gates();
  const waiting = all.filter((gate) => isBuilt || !gate.needsBuild);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));

  if (!isBuilt) {
    const blind = all.filter((gate) => gate.needsBuild).map(({ name }) => name);
    failed.push(...blind);
    console.log(`✖ not run, because the build failed: ${blind.join(', ')}`);
  }
  console.log(`${all.length + 1} gates, ${failed.length} failed, ${formatDuration(performance.now() - startedAt)}`);
  return failed.length === 0 ? 0 : 1;
}

async function time(gate: Gate): Promise<GateResult & { readonly durationMs: number }> {
  const startedAt = performance.now();
  const result = await gate.run();
  return { ...result, durationMs: performance.now() - startedAt };
}

/** Two at a time: each of the slow tools uses more than one core by itself. */
const WIDTH = 2;

process.exitCode = await main();

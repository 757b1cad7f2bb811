// The gate. `npm test` runs every test file, shelf by shelf; `npm test -- <part of a path>` and `--shelf <name>` run fewer.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { requireChromium } from './gate/chromium.ts';
import { requireExecTools } from './gate/exec-tools.ts';
import { canFindLeftovers, killRun } from './gate/leftovers.ts';
import { requireMariadb } from './gate/mariadb.ts';
import { requirePostgres } from './gate/postgres.ts';
import { requireRedis } from './gate/redis.ts';
import { type FileResult, runFile } from './gate/run-file.ts';
import { SHELVES, type SelectedFile, type Selection, type ShelfName, selectTests } from './gate/shelves.ts';
import { requireSpin } from './gate/spin.ts';
import { formatDuration, indent } from './support/print.ts';
import { ownFiles } from './support/workspace.ts';

async function main(): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => killRun(RUN));
  const startedAt = performance.now();
  let selected: readonly SelectedFile[];
  try {
    selected = selectTests(ownFiles(), readSelection());
    if (selected.some(({ file }) => /(?:report|live)\/page/.test(file))) process.env['SPOTPROOF_CHROMIUM'] = requireChromium();
    if (selected.some(({ file }) => file.includes('test/exec/'))) requireExecTools();
    if (selected.some(({ file }) => /bullmq|state\/.*(?:contract|redis)/.test(file))) process.env['SPOTPROOF_REDIS'] = requireRedis();
    if (selected.some(({ file }) => /state\/.*(?:contract|chaos|postgres|pg-boss|graphile)/.test(file)))
      process.env['SPOTPROOF_POSTGRES'] = requirePostgres();
    if (selected.some(({ file }) => /state\/.*(?:contract|mysql)/.test(file))) process.env['SPOTPROOF_MARIADB'] = requireMariadb();
    if (selected.some(({ file }) => file.includes('state/test/models/'))) process.env['SPOTPROOF_SPIN'] = requireSpin().spin;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  if (selected.length === 0) {
    console.error('No test file matches, so nothing was tested. A filter is a part of a path, such as `npm test -- core/test/drain`.');
    return 1;
  }

  const results: FileResult[] = [];
  for (const shelf of inParallelFirst()) {
    const files = selected.filter((file) => shelf.names.includes(file.shelf));
    if (files.length === 0) continue;
    console.log(
      `\n${shelf.names.join(' + ')} (${files.length} ${files.length === 1 ? 'file' : 'files'}${shelf.width > 1 ? `, ${shelf.width} at a time` : ''})`,
    );
    results.push(...(await runShelf(files, { width: shelf.width, verbose: selected.length <= VERBOSE_FILES })));
  }
  return summarise(results, performance.now() - startedAt);
}

function readSelection(): Selection {
  const { values, positionals } = parseArgs({ options: { shelf: { type: 'string', multiple: true } }, allowPositionals: true, strict: true });
  return { filters: positionals, shelves: values.shelf ?? [] };
}

/** Shelves whose files bear any company run together, the others one after the other. */
function inParallelFirst(): readonly { readonly names: readonly ShelfName[]; readonly width: number }[] {
  const together = SHELVES.filter(({ width }) => width === 'cores').map(({ name }) => name);
  const apart = SHELVES.flatMap(({ name, width }) => (width === 'cores' ? [] : [{ names: [name], width }]));
  return [{ names: together, width: Math.max(2, availableParallelism()) }, ...apart];
}

async function runShelf(
  files: readonly SelectedFile[],
  { width, verbose }: { readonly width: number; readonly verbose: boolean },
): Promise<readonly FileResult[]> {
  const waiting = [...files];
  const results: FileResult[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { file, shelf } = next;
      const limitMs = SHELVES.find(({ name }) => name === shelf)?.fileLimitMs ?? 0;
      const result = await runFile({ file, run: `${RUN}:${file}`, limitMs });
      results.push(result);
      printFile(result, verbose);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

function printFile({ file, passed, failed, skipped, problems, durationMs, output }: FileResult, verbose: boolean): void {
  const repeated = output.match(/^void run, trying again/gm)?.length ?? 0;
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    // Tells a machine that is too busy for the lab before its tests fail of it.
    ...(repeated > 0 ? [`${repeated} void and run again`] : []),
  ];
  const good = failed === 0 && problems.length === 0;
  console.log(`${good ? '✔' : '✖'} ${file}  ${counts.join(', ')}  ${formatDuration(durationMs)}`);
  for (const problem of problems) console.log(`    ${problem}`);
  if (verbose) console.log(indent(output));
  else if (!good) console.log(indent(withoutPasses(output)));
}

/** What the tests printed and the spec reporter's account of the failures, without its list of titles and the runner's own stack frames. */
function withoutPasses(output: string): string {
  const start = output.indexOf('✖ failing tests:');
  const report = start === -1 ? output.length : start;
  const before = output
    .slice(0, report)
    .split('\n')
    .filter((line) => !/^\s*(?:[✔▶﹣]|✖ .* \([\d.]+ms\)$|ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) )/.test(line));
  const account = output
    .slice(report)
    .split('\n')
    .filter((line) => !/^\s*at .*node:(?:internal|async_hooks)/.test(line));
  return [...before, ...account].join('\n').trim();
}

function summarise(results: readonly FileResult[], durationMs: number): number {
  const sum = (count: (result: FileResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed);
  const skipped = sum((result) => result.skipped);
  const bad = results.filter((result) => result.failed > 0 || result.problems.length > 0);

  const slowest = results.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST_SHOWN);
  console.log(
    `\n${results.length} files in ${formatDuration(durationMs)}; slowest: ${slowest.map((result) => `${result.file} ${formatDuration(result.durationMs)}`).join(', ')}`,
  );
  if (durationMs > PROMISED_MS) console.log(`The gate took longer than the ${PROMISED_MS / 60_000} minutes that it promises.`);
  if (!canFindLeftovers) console.log('Processes left behind were not looked for: that needs Linux.');
  for (const { file, problems } of bad) {
    console.log(`✖ ${file}`);
    for (const problem of problems) console.log(`    ${problem}`);
  }
  if (passed + failed === 0) console.log('No test ran.');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return bad.length > 0 || passed + failed === 0 ? 1 : 0;
}

/** Marks every process of this run. */
const RUN = randomUUID();
const VERBOSE_FILES = 2;
const SLOWEST_SHOWN = 3;
const PROMISED_MS = 600_000;

process.exitCode = await main();

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from '../support/command.ts';
import { type PackageManifest, ROOT, publishedPackages } from '../support/workspace.ts';
import { LOAD_BUDGETS, type LoadBudget, PACKAGE_BUDGETS, type PackageBudget } from './budgets.ts';

/** Every budget that is exceeded, and everything published that has none, a sentence each. */
export async function checkBudgets(): Promise<readonly string[]> {
  const offences: string[] = [...withoutRow()];
  for (const { name, directory, manifest } of publishedPackages()) {
    const budget = PACKAGE_BUDGETS[name];
    if (budget !== undefined) offences.push(...judgePackage(name, budget, await weigh(directory), foreignDependencies(directory, manifest)));
  }
  for (const budget of LOAD_BUDGETS) offences.push(...judgeLoad(budget, await countLoads(budget)));
  return offences;
}

function withoutRow(): readonly string[] {
  const packages = publishedPackages();
  const names = packages.map(({ name }) => name);
  const doors = packages
    .filter(({ name }) => name === '@spotproof/runtime')
    .flatMap(({ name, manifest }) => Object.keys(manifest.exports).map((door) => path.posix.join(name, door)));
  return [
    ...compare('the package', names, Object.keys(PACKAGE_BUDGETS)),
    ...compare(
      'the door',
      doors,
      LOAD_BUDGETS.map(({ door }) => door),
    ),
  ];
}

function compare(what: string, published: readonly string[], budgeted: readonly string[]): readonly string[] {
  return [
    ...published.filter((name) => !budgeted.includes(name)).map((name) => `${what} ${name} has no row in scripts/checks/budgets.ts`),
    ...budgeted
      .filter((name) => !published.includes(name))
      .map((name) => `scripts/checks/budgets.ts has a row for ${what} ${name}, which does not exist`),
  ];
}

function judgePackage(name: string, budget: PackageBudget, weight: Weight, dependencies: readonly string[]): readonly string[] {
  return [
    ...over(`${name}, packed`, weight.size / 1_000, budget.packedKb, 'kB'),
    ...over(`${name}, unpacked`, weight.unpackedSize / 1_000, budget.unpackedKb, 'kB'),
    ...over(`${name} brings packages of others (${brief(dependencies)})`, dependencies.length, budget.dependencies, ''),
  ];
}

function judgeLoad({ door, listens, modules, codeKb }: LoadBudget, loaded: readonly LoadedFile[]): readonly string[] {
  const name = `${door}${listens ? ', once a server listens' : ''}`;
  const foreign = loaded.filter(({ file }) => !OURS.test(path.relative(ROOT, file)));
  const bytes = loaded.reduce((sum, file) => sum + file.bytes, 0);
  return [
    ...foreign.slice(0, 1).map(({ file }) => `${name}: loads ${foreign.length} files that are not ours, the first is ${path.relative(ROOT, file)}`),
    ...over(`${name}: files loaded`, loaded.length, modules, ''),
    ...over(`${name}: code loaded`, bytes / 1_000, codeKb, 'kB'),
    // A count of nothing would pass for ever.
    ...(loaded.length < 2 ? [`${name}: only ${loaded.length} files were seen, so nothing was counted`] : []),
  ];
}

function brief(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and more`;
}

function over(what: string, found: number, budget: number, unit: string): readonly string[] {
  return found <= budget ? [] : [`${what}: ${Number(found.toFixed(1))} ${unit}`.trimEnd() + `, budget ${budget} ${unit}`.trimEnd()];
}

interface Weight {
  readonly size: number;
  readonly unpackedSize: number;
}

async function weigh(directory: string): Promise<Weight> {
  const packed = await runCommand({ command: 'npm', args: ['pack', '--dry-run', '--json'], cwd: directory, limitMs: COMMAND_MS });
  // npm up to 11 prints a list; later ones an object by package name.
  const parsed: readonly Weight[] | Readonly<Record<string, Weight>> = JSON.parse(answerOf(packed));
  const [weight] = Object.values(parsed);
  if (weight === undefined) throw new Error(`npm pack said nothing about ${directory}.`);
  return weight;
}

interface LoadedFile {
  readonly file: string;
  readonly bytes: number;
}

async function countLoads({ door, listens }: LoadBudget): Promise<readonly LoadedFile[]> {
  const args = [COUNT_LOADS, ...(listens ? ['--listen'] : []), door];
  // Without what the machine's own environment would add, NODE_OPTIONS for one.
  return JSON.parse(answerOf(await runCommand({ command: process.execPath, args, env: { PATH: process.env['PATH'] }, limitMs: COMMAND_MS })));
}

function answerOf(end: CommandResult): string {
  if (end.status !== 0) throw new Error(end.output);
  return end.stdout;
}

/** Names of all packages that npm would install with this one, without our own. */
function foreignDependencies(directory: string, manifest: PackageManifest, seen = new Set<string>()): readonly string[] {
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (seen.has(name)) continue;
    seen.add(name);
    const folder = folderOf(name, directory);
    foreignDependencies(folder, JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')), seen);
  }
  const own = publishedPackages().map((entry) => entry.name);
  return [...seen].filter((name) => !own.includes(name));
}

/** Where Node finds a package from a folder: the nearest node_modules that has it. */
function folderOf(name: string, from: string): string {
  const folder = path.join(from, 'node_modules', name);
  if (existsSync(folder)) return realpathSync(folder);
  if (from === ROOT) throw new Error(`${name} is not installed: run \`npm ci\`.`);
  return folderOf(name, path.dirname(from));
}

const OURS = /^packages\/[^/]+\/dist\//;
const COUNT_LOADS = fileURLToPath(new URL('./count-loads.mjs', import.meta.url));
const COMMAND_MS = 60_000;

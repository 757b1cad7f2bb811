import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CommandResult, runCommand } from '../support/command.ts';
import { type PublishedPackage, ROOT, publishedPackages } from '../support/workspace.ts';
import { checkBudgets } from './check-budgets.ts';

export interface Gate {
  readonly name: string;
  /** Gates of packages look at what was built; without a build they cannot say anything. */
  readonly needsBuild: boolean;
  readonly run: () => Promise<GateResult>;
}

export interface GateResult {
  readonly ok: boolean;
  readonly output: string;
}

export const BUILD: Gate = { name: 'build', needsBuild: false, run: tool('scripts/build.mjs') };

/** Every gate after the build. Each has caught a planted fault: docs/decisions/0003-gates-and-the-faults-they-caught.md. */
export function gates(): readonly Gate[] {
  return [
    { name: 'types of tests and scripts', needsBuild: true, run: tool(bin('typescript', 'bin/tsc'), '-p', 'tsconfig.tests.json') },
    { name: 'lint', needsBuild: true, run: tool(bin('oxlint', 'bin/oxlint'), '--type-aware', '--max-warnings=0') },
    { name: 'format', needsBuild: false, run: tool(bin('oxfmt', 'bin/oxfmt'), '--check', '.') },
    { name: 'unused code and dependencies', needsBuild: false, run: tool(bin('knip', 'bin/knip.js'), '--no-config-hints') },
    { name: 'budgets', needsBuild: true, run: budgets },
    ...publishedPackages().flatMap(packageGates),
  ];
}

async function budgets(): Promise<GateResult> {
  try {
    const offences = await checkBudgets();
    return { ok: offences.length === 0, output: offences.join('\n') };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}

/** publint and attw look at the very tarball that would be published. */
function packageGates(entry: PublishedPackage): readonly Gate[] {
  const publint = bin('publint', 'src/cli.js');
  const attw = bin('@arethetypeswrong/cli', 'dist/index.js');
  return [
    { name: `publint ${entry.name}`, needsBuild: true, run: () => withTarball(entry, (tarball) => node([publint, 'run', tarball, '--strict'])) },
    {
      name: `attw ${entry.name}`,
      needsBuild: true,
      run: () =>
        withTarball(entry, (tarball) =>
          node([attw, tarball, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-emoji', '--no-color']),
        ),
    },
  ];
}

async function withTarball(entry: PublishedPackage, look: (tarball: string) => Promise<GateResult>): Promise<GateResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-pack-'));
  try {
    const packed = await runCommand({
      command: 'npm',
      args: ['pack', '--silent', '--pack-destination', folder],
      cwd: entry.directory,
      limitMs: GATE_MS,
    });
    const name = packed.stdout.trim().split('\n').at(-1);
    if (packed.status !== 0 || name === undefined || name === '') return { ok: false, output: `npm pack failed.\n${packed.output}` };
    return await look(path.join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tool(file: string, ...args: readonly string[]): () => Promise<GateResult> {
  return () => node([file, ...args]);
}

async function node(args: readonly string[]): Promise<GateResult> {
  return judge(
    await runCommand({ command: process.execPath, args, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }, limitMs: GATE_MS }),
  );
}

function judge(end: CommandResult): GateResult {
  const output = end.timedOut ? `${end.output}\nNot finished within ${GATE_MS / 1_000} s, so it was stopped.` : end.output;
  return {
    ok: end.status === 0,
    output: output.trim() === '' ? `It ended with ${end.signal ?? `status ${end.status}`} and printed nothing.` : output,
  };
}

/** A tool's program, run with the Node that runs this script and without asking PATH. */
function bin(dependency: string, file: string): string {
  return path.join(ROOT, 'node_modules', dependency, file);
}

const GATE_MS = 180_000;

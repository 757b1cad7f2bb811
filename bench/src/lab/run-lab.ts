import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { LabReport } from '../../../packages/spotproof/src/verdict/report-document.ts';
import { runCommand } from '../../../scripts/support/command.ts';
import { ROOT } from '../../../scripts/support/workspace.ts';

export interface LabRunOptions {
  /** Arguments of `spotproof lab` before `--`, without `--json` and `--report`. */
  readonly flags: readonly string[];
  /** The app. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly limitMs: number;
}

export type LabResult =
  | { readonly kind: 'report'; readonly report: LabReport }
  /** The command ended without a document. */
  | { readonly kind: 'failed'; readonly status: number | null; readonly output: string };

/** Runs `spotproof lab` once, as a user would, and reads the one document that it prints. */
export async function runLab(options: LabRunOptions): Promise<LabResult> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'spotproof-bench-'));
  try {
    const { status, stdout, output } = await runCommand({
      command: process.execPath,
      args: [SPOTPROOF, 'lab', ...options.flags, '--json', '--report', directory, '--', ...options.command],
      cwd: options.cwd,
      env: environment(),
      limitMs: options.limitMs,
      keptCharacters: MOST_CHARACTERS,
    });
    const report = parse(stdout);
    return report === undefined ? { kind: 'failed', status, output: output.slice(-2_000) } : { kind: 'report', report };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function parse(stdout: string): LabReport | undefined {
  try {
    const document: LabReport = JSON.parse(stdout);
    return document.schema === 'spotproof.lab/1' ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Without what makes a server behave otherwise than in a container: srvx leaves out its shutdown under CI or TEST, lightship waits on Kubernetes. */
function environment(): NodeJS.ProcessEnv {
  const { CI: _ci, TEST: _test, KUBERNETES_SERVICE_HOST: _kubernetes, NODE_OPTIONS: _options, ...rest } = process.env;
  // Programs that are started by name run on this Node too.
  return { ...rest, PATH: `${path.dirname(process.execPath)}${path.delimiter}${rest['PATH'] ?? ''}` };
}

const SPOTPROOF = path.join(ROOT, 'packages', 'spotproof', 'bin', 'spotproof.js');

/** A report with a thousand losses and the time line of some tasks stays far below. */
const MOST_CHARACTERS = 64_000_000;

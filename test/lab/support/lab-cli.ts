import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LabReport } from '../../../packages/spotproof/src/verdict/report-document.ts';

export const ROOT = path.join(import.meta.dirname, '..', '..', '..');
/** The built command. */
export const BIN = path.join(ROOT, 'packages/spotproof/bin/spotproof.js');
export const MIXED_APP = ['node', 'examples/mixed/server.mjs'] as const;
export const MIXED_REQUESTS = ['--requests', 'examples/mixed/requests.json'] as const;

export interface LabResult {
  readonly exitCode: number | null;
  readonly report: LabReport;
  /** What the terminal showed: for the message of a failed assertion. */
  readonly progress: string;
}

/**
 * Runs the built `spotproof lab --json` as a user would, in the checkout, and reads its document. A void run proves nothing in either direction, so it
 * is run again, at most twice: a machine that is stalled by its neighbours makes the lab refuse to vouch for its figures.
 */
export async function lab(args: readonly string[], onProgress?: (text: string) => void): Promise<LabResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await labOnce(args, onProgress);
    if (result.report.verdict !== 'void' || attempt === MOST_ATTEMPTS) return result;
    console.log(`void run, trying again: ${result.report.summary}`);
  }
}

const MOST_ATTEMPTS = 3;

async function labOnce(args: readonly string[], onProgress?: (text: string) => void): Promise<LabResult> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spotproof-cli-'));
  try {
    const { exitCode, stdout, stderr } = await spotproof(['lab', '--json', '--report', directory, ...args], onProgress);
    try {
      // The document's own schema is tested where it is made.
      return { exitCode, report: JSON.parse(stdout) as LabReport, progress: stderr };
    } catch (error) {
      throw new Error(`spotproof lab printed no JSON document (exit code ${exitCode}):\n${stdout}\n${stderr}`, { cause: error });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line. `onProgress` hears its standard error as it comes. */
export function spotproof(args: readonly string[], onProgress?: (text: string) => void): Promise<CommandResult> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onProgress?.(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** What was lost, for the message of an assertion. */
export function explain({ report, progress }: LabResult): string {
  return [report.summary, ...report.blame.map((entry) => `${entry.count} × ${entry.sentence}`), ...report.warnings, progress].join('\n');
}

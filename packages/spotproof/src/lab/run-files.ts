import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SpotproofError } from '@spotproof/core';
import type { LabFiles } from './lab.ts';

/** The text of a file that the user named. Throws `SPOTPROOF_CONFIG_INVALID` when it cannot be read. */
export async function readUserFile(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `${option} must name a file that can be read, got ${file}: ${reason(error)}. Check the path.`,
      {
        details: { option, file },
        cause: error,
      },
    );
  }
}

/** The records that a process of the lab wrote; empty when it never came to write any. */
export async function readRecords(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Makes the directory of a run. Throws `SPOTPROOF_CONFIG_INVALID` when that cannot be done. */
export async function makeRunDirectory(option: string, directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `${option} must name a directory that can be written to, got ${directory}: ${reason(error)}. Choose another.`,
      {
        details: { option, directory },
        cause: error,
      },
    );
  }
}

/** What an earlier run left in the directory must not be taken for what this one did, which may well end before it writes anything. */
export async function forgetEarlierRun(directory: string, files: Pick<LabFiles, 'clientRecords' | 'balancerRecords' | 'workRecords'>): Promise<void> {
  for (const file of [files.clientRecords, files.balancerRecords, files.workRecords]) await rm(file, { force: true });
  for await (const report of glob('tasks/*.drain.json', { cwd: directory })) await rm(path.join(directory, report), { force: true });
}

/** Writes one file of the report and says where it is. */
export async function writeReportFile(directory: string, name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

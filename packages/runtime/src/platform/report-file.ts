import { accessSync, appendFileSync, constants } from 'node:fs';
import path from 'node:path';
import { SpotproofError } from '@spotproof/core';

/** Adds one line to the file, creating it. Synchronous: the process may be ending. */
export function appendLine(file: string, line: string): void {
  appendFileSync(file, `${line}\n`);
}

/**
 * Finds out now whether the file can be written later, when nobody could do anything about it.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` when its folder is missing or not writable.
 */
export function assertWritable(file: string): void {
  const folder = path.dirname(path.resolve(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `SPOTPROOF_REPORT names a file in ${folder}, which is missing or not writable. Create the folder, or use "stderr".`,
      {
        details: { variable: 'SPOTPROOF_REPORT', folder },
        cause,
      },
    );
  }
}

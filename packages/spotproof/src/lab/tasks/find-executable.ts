import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

export type ExecutableSearch =
  | { readonly found: true; readonly file: string }
  | { readonly found: false; readonly why: 'missing' | 'not-executable'; readonly file: string };

/** Finds what the system would run for `command`, as `execvp` does: a path if it has a slash, else the first hit in `searchPath`. */
export function findExecutable(command: string, options: { readonly cwd: string; readonly searchPath: string | undefined }): ExecutableSearch {
  const candidates = command.includes('/')
    ? [path.resolve(options.cwd, command)]
    : (options.searchPath ?? DEFAULT_PATH).split(path.delimiter).map((folder) => path.resolve(options.cwd, folder, command));
  let refused: string | undefined;
  for (const file of candidates) {
    if (!isFile(file)) continue;
    if (isExecutable(file)) return { found: true, file };
    refused ??= file;
  }
  return refused === undefined ? { found: false, why: 'missing', file: command } : { found: false, why: 'not-executable', file: refused };
}

/** A folder that this user may not look into is passed over, as the system does. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

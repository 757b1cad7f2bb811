import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SpotproofError } from '@spotproof/core';

/** What `protect` adds to the environment of a task: the runtime, its budget, and where to report. */
export function protectionEnv(options: {
  readonly nodeOptions: string | undefined;
  readonly stopTimeoutMs: number;
  readonly reportPath: string;
}): Readonly<Record<string, string>> {
  const preload = `--import ${runtimeUrl()}`;
  return {
    NODE_OPTIONS: options.nodeOptions ? `${options.nodeOptions} ${preload}` : preload,
    SPOTPROOF_STOP_TIMEOUT: String(options.stopTimeoutMs / 1000),
    SPOTPROOF_REPORT: options.reportPath,
  };
}

/** The last report that the runtime of a task wrote, one JSON document a line; undefined when there is none that can be read. */
export async function readDrainReport(reportPath: string): Promise<unknown> {
  const text = await readFile(reportPath, 'utf8').catch(() => '');
  const line = text.trimEnd().split('\n').at(-1);
  if (line === undefined || line === '') return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // Killed in the middle of writing it: as good as none.
    return undefined;
  }
}

/** The built module: what runs in the user's process must not need anything of this checkout's sources. */
function runtimeUrl(): string {
  const url = import.meta.resolve('@spotproof/runtime/auto').replace(/\/src\/auto\.ts$/, '/dist/auto.js');
  if (existsSync(fileURLToPath(url))) return url;
  throw new SpotproofError(
    'SPOTPROOF_PLATFORM',
    `The runtime to protect with was expected at ${url}, and is not there. Run \`npm run build\` first.`,
  );
}

/** What the one line on stderr begins with by which the runtime in a task says that it protects a server. */
export const ANNOUNCEMENT = 'spotproof:';

import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The environment variable that every process of a test run inherits. */
export const RUN_MARKER = 'SPOTPROOF_TEST_RUN';

export interface Leftover {
  readonly pid: number;
  readonly commandLine: string;
}

export interface LeftoverOptions {
  /** Value of {@link RUN_MARKER} that the processes carry. */
  readonly run: string;
  /** Session that the test file's process opened: catches children whose environment was cleared. */
  readonly sessionId: number | undefined;
  /** How long a process that is already ending may take. */
  readonly graceMs: number;
}

/** Finds the processes that outlived a test file, kills them, and names them. Knows Linux only; elsewhere it finds nothing. */
export async function killLeftovers(options: LeftoverOptions): Promise<readonly Leftover[]> {
  const deadline = performance.now() + options.graceMs;
  const isOurs = (marker: string, sessionId: number): boolean => marker === options.run || sessionId === options.sessionId;
  let found = findLeftovers(isOurs);
  while (found.length > 0 && performance.now() < deadline) {
    await delay(50);
    found = findLeftovers(isOurs);
  }
  // One that ended by itself in the meantime is reported all the same.
  for (const { pid } of found) kill(pid);
  return found;
}

/** Kills every process whose marker begins with this: for a run that is broken off. */
export function killRun(run: string): void {
  for (const { pid } of findLeftovers((marker) => marker.startsWith(run))) kill(pid);
}

/** True where {@link killLeftovers} can see processes. */
export const canFindLeftovers = process.platform === 'linux';

function findLeftovers(isOurs: (marker: string, sessionId: number) => boolean): readonly Leftover[] {
  if (!canFindLeftovers) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const stat = parseStat(readOrEmpty(`/proc/${name}/stat`));
      if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return [];
      const entry = readOrEmpty(`/proc/${name}/environ`)
        .split('\0')
        .find((variable) => variable.startsWith(`${RUN_MARKER}=`));
      if (!isOurs(entry?.slice(RUN_MARKER.length + 1) ?? '', stat.sessionId)) return [];
      const commandLine = readOrEmpty(`/proc/${name}/cmdline`).split('\0').join(' ').trim();
      return [{ pid: Number(name), commandLine: commandLine === '' ? stat.name : commandLine }];
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** `1234 (name) S ppid pgrp session …`; the name itself may hold spaces and brackets. */
function parseStat(stat: string): { readonly name: string; readonly state: string; readonly sessionId: number } | undefined {
  const close = stat.lastIndexOf(')');
  if (close === -1) return undefined;
  const [state = '', , , session = ''] = stat.slice(close + 2).split(' ');
  return { name: stat.slice(stat.indexOf('(') + 1, close), state, sessionId: Number(session) };
}

/** Processes end while they are looked at, and those of other users cannot be read. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

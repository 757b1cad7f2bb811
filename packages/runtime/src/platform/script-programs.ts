import { readFileSync, readlinkSync } from 'node:fs';
import { readArgv } from './ancestors.ts';
import { type ProcessEntry, processTable } from './process-table.ts';
import { HANDED_ON_BY, launcherOf, managersIn } from './signal-obstacle.ts';

/** What the scripts of a package manager have started. */
export interface ScriptPrograms {
  /** Those that would be the first process of the container if no shell and no package manager stood between. */
  readonly below: readonly ProcessEntry[];
  /** All that are in its process group, also those whose shell has ended before them and which belong to somebody else now. */
  readonly inGroup: readonly ProcessEntry[];
  readonly orphans: readonly ProcessEntry[];
}

/** Looks for the scripts of the package manager with this PID. Where there is no `/proc` it finds nothing. */
export function scriptPrograms(manager: number): ScriptPrograms {
  const table = (processTable() ?? []).filter(({ isZombie }) => !isZombie);
  const group = table.find(({ pid }) => pid === manager)?.group;
  const inGroup = table.filter((entry) => entry.group === group && entry.pid !== manager && isOfScriptOf(manager, entry));
  return {
    below: withoutReaders(topmost(table, manager, argvOf)),
    inGroup,
    orphans: inGroup.filter((entry) => !isBelow(manager, entry, table)),
  };
}

/** The first program on each way down. */
export function topmost(table: readonly ProcessEntry[], from: number, argvOf: (entry: ProcessEntry) => readonly string[]): readonly ProcessEntry[] {
  const children = table.filter(({ pid, parent }) => parent === from && pid !== from);
  return children.flatMap((child) => (launcherOf(argvOf(child)) === undefined ? [child] : topmost(table, child.pid, argvOf)));
}

/** In `node server.js | pretty-printer` the second ends with the first, which could not write any more if it ended before. */
function withoutReaders(programs: readonly ProcessEntry[]): readonly ProcessEntry[] {
  const written = new Set(programs.flatMap(({ pid }) => [pipeAt(pid, 1), pipeAt(pid, 2)]));
  return programs.filter(({ pid }) => {
    const read = pipeAt(pid, 0);
    return read === undefined || !written.has(read);
  });
}

function pipeAt(pid: number, descriptor: number): string | undefined {
  try {
    const link = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    return link.startsWith('pipe:') ? link : undefined;
  } catch {
    return undefined;
  }
}

function isOfScriptOf(manager: number, entry: ProcessEntry): boolean {
  if (launcherOf(argvOf(entry)) !== undefined) return false;
  try {
    const mark = readFileSync(`/proc/${entry.pid}/environ`, 'utf8')
      .split('\0')
      .find((variable) => variable.startsWith(`${HANDED_ON_BY}=`));
    return managersIn(mark?.slice(HANDED_ON_BY.length + 1)).includes(manager);
  } catch {
    return false;
  }
}

function isBelow(manager: number, entry: ProcessEntry, table: readonly ProcessEntry[]): boolean {
  if (entry.parent === manager) return true;
  const parent = table.find(({ pid }) => pid === entry.parent);
  return parent !== undefined && parent.pid !== entry.pid && isBelow(manager, parent, table);
}

function argvOf({ pid }: ProcessEntry): readonly string[] {
  return readArgv(String(pid)) ?? [];
}

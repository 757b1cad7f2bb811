import { readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  /** As the kernel has it: the program and its arguments, or the title that the process gave itself. */
  readonly argv: readonly string[];
}

/** The processes above this one, its parent first. Ends where /proc does not tell; on other systems than Linux there are none. */
export function readAncestors(): readonly ProcessFacts[] {
  const ancestors: ProcessFacts[] = [];
  let pid = parentOf('self');
  while (pid > 0 && ancestors.length < MOST_ANCESTORS) {
    const argv = readArgv(String(pid));
    if (argv === undefined) break;
    ancestors.push({ pid, argv });
    pid = parentOf(String(pid));
  }
  return ancestors;
}

/** The command line of a process, undefined when it cannot be read. */
export function readArgv(pid: string): readonly string[] | undefined {
  // A title is padded with the zeros that are left of the old command line.
  return readProc(pid, 'cmdline')?.replace(/\0+$/, '').split('\0');
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? 0);
}

function readProc(pid: string, file: 'cmdline' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

const MOST_ANCESTORS = 64;

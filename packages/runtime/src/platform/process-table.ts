import { readFileSync, readdirSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly isZombie: boolean;
}

/** Every process that can be seen from here; undefined where there is no Linux `/proc`. */
export function processTable(): readonly ProcessEntry[] | undefined {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const numbers = names.filter((name) => /^\d+$/.test(name));
  return numbers.length === 0 ? undefined : numbers.flatMap((name) => entryOf(Number(name)) ?? []);
}

/** `1234 (name) S parent group session …`; the name may hold spaces and brackets itself. */
function entryOf(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // It has ended since.
    return undefined;
  }
  const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), isZombie: state === 'Z' || state === 'X' };
}

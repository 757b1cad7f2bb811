import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** User and system time that a process has used so far, in milliseconds, from `/proc`. One tick is usually 10 ms: measure over seconds. */
export function cpuMs(pid: number): number {
  return sumTicks(String(pid), UTIME, STIME);
}

/** What all children of this process that have ended used together; the difference of two readings is what one of them used. */
export function endedChildrenCpuMs(): number {
  return sumTicks('self', CUTIME, CSTIME);
}

function sumTicks(pid: string, first: number, last: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name stands in parentheses and may hold spaces, so fields count from behind the last one, which is field 2.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const sum = fields.slice(first - 3, last - 2).reduce((total, field) => total + Number(field), 0);
  return (sum * 1_000) / ticksPerSecond();
}

/** Field numbers of proc(5). */
const [UTIME, STIME, CUTIME, CSTIME] = [14, 15, 16, 17];

let ticks: number | undefined;

function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}

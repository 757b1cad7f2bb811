import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Every process of this machine whose environment holds the marker: what a lab left behind, wherever it hangs in the process tree. */
export function processesWith(marker: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(marker) && !isZombie(pid));
}

/** For after a test: what a failing one left behind must not trouble the next. The marker is unique to one run. */
export function killProcessesWith(marker: string): void {
  for (const pid of processesWith(marker)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went by itself.
    }
  }
}

/** Waits for a fact with a limit and a name. */
export async function eventually(fact: string, holds: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`After ${limitMs} ms it does not hold that ${fact}.`);
    await delay(20);
  }
}

export function isAlive(pid: number): boolean {
  return readText(`/proc/${pid}/stat`) !== '' && !isZombie(pid);
}

function isZombie(pid: number): boolean {
  return / Z /.test(readText(`/proc/${pid}/stat`));
}

function environmentOf(pid: number): string {
  return readText(`/proc/${pid}/environ`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

import type { Clock } from '@spotproof/core';
import { processTable } from '../../platform/process-table.ts';

/** As PID 1 without the means to reap orphans, says so once, as soon as there is one that stays: a task that runs for weeks would run out of processes. */
export function watchOrphans(clock: Clock, warn: (sentence: string) => void): void {
  if (process.pid !== 1) return;
  const look = (afterMs: number): void => {
    clock.schedule(afterMs, () => {
      // A zombie of our own is reaped within the same turn of the loop; it is not seen twice.
      const zombies = zombieChildren();
      clock.schedule(CONFIRM_MS, () => {
        if (!zombieChildren().some((pid) => zombies.includes(pid))) look(Math.min(2 * afterMs, LONGEST_PAUSE_MS));
        else warn(ADVICE);
      });
    });
  };
  look(FIRST_LOOK_MS);
}

function zombieChildren(): readonly number[] {
  return (processTable() ?? []).filter(({ parent, isZombie }) => parent === 1 && isZombie).map(({ pid }) => pid);
}

const ADVICE =
  'the program leaves orphans behind, and Node cannot reap them as PID 1. Set initProcessEnabled in the task definition (docker run --init), or use Node 22.15 or newer in an ' +
  'image that has /bin/sh.';

const FIRST_LOOK_MS = 2_000;
const CONFIRM_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

import type { DrainSchedule } from '@spotproof/core/drain';

/**
 * The instants of the life above its workers: their ends come first, so its own are as late as they can be. Its hooks get what is left, a sixtieth
 * of the default budget.
 */
export function superiorSchedule(schedule: DrainSchedule): DrainSchedule {
  const { releaseMs, exitMs } = schedule;
  return { ...schedule, destroyMs: releaseMs, releaseMs: (releaseMs + exitMs) / 2 };
}

/**
 * The instants of a worker under {@link superiorSchedule}: over before the life above gives it up. It leaves when it is told; the cap only
 * catches the loss of whoever would tell it.
 */
export function memberSchedule(superior: DrainSchedule): DrainSchedule {
  const scale = (ms: number): number => (ms * superior.destroyMs) / superior.exitMs;
  const stopMs = scale(superior.stopMs);
  const destroyMs = stopMs + (superior.destroyMs - stopMs) / 2;
  const exitMs = superior.destroyMs - (superior.exitMs - superior.destroyMs) / 2;
  const capMs = (superior.lingerCapMs + stopMs) / 2;
  return { floorMs: capMs, lingerCapMs: capMs, stopMs, destroyMs, releaseMs: destroyMs + ((exitMs - destroyMs) * 3) / 4, exitMs };
}

/** The same instants, seen from a start that was `elapsedMs` later. */
export function startedEarlier(schedule: DrainSchedule, elapsedMs: number): DrainSchedule {
  const left = (ms: number): number => Math.max(0, ms - elapsedMs);
  return {
    floorMs: left(schedule.floorMs),
    lingerCapMs: left(schedule.lingerCapMs),
    stopMs: left(schedule.stopMs),
    destroyMs: left(schedule.destroyMs),
    releaseMs: left(schedule.releaseMs),
    exitMs: left(schedule.exitMs),
  };
}

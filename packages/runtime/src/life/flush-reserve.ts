import type { DrainSchedule } from '@spotproof/core/drain';

/**
 * Keeps at least `reserveMs` free for flushing, at the cost of everything before it. Never more than a quarter of the budget: a flush must not
 * cost requests that could be answered.
 */
export function withFlushReserve(schedule: DrainSchedule, reserveMs: number): DrainSchedule {
  const granted = Math.min(reserveMs, schedule.exitMs / 4);
  const shiftMs = Math.max(0, granted - (schedule.exitMs - schedule.releaseMs));
  const earlier = (ms: number): number => Math.max(0, ms - shiftMs);
  const lingerCapMs = earlier(schedule.lingerCapMs);
  return {
    floorMs: Math.min(schedule.floorMs, lingerCapMs),
    lingerCapMs,
    stopMs: earlier(schedule.stopMs),
    destroyMs: earlier(schedule.destroyMs),
    releaseMs: earlier(schedule.releaseMs),
    exitMs: schedule.exitMs,
  };
}

import { drainSchedule, type DrainSchedule } from '@spotproof/core/drain';
import type { Settings } from '../process/settings.ts';

export interface ExecScheduleOptions {
  readonly settings: Settings;
  readonly hasFront: boolean;
  /** How long the program goes on serving after the signal where no front sees its traffic; undefined: the schedule's floor. */
  readonly lingerMs: number | undefined;
}

/** Without a front the traffic is unknown, and the linger a fixed time: both its floor and its cap. */
export function execSchedule({ settings, hasFront, lingerMs }: ExecScheduleOptions, interactive = false): DrainSchedule {
  const schedule = drainSchedule(settings.budgetMs, { interactive });
  if (hasFront) return schedule;
  const fixedMs = Math.min(lingerMs ?? schedule.floorMs, schedule.lingerCapMs);
  return { ...schedule, floorMs: fixedMs, lingerCapMs: fixedMs };
}

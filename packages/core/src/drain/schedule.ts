import type { DrainSchedule } from './types.ts';

export interface ScheduleOptions {
  /** Somebody waits at a terminal (SIGINT on a TTY, a watch mode): no balancer is in front, so there is nothing to linger for. Default false. */
  readonly interactive?: boolean;
}

/**
 * When each part of a drain must be over, from the stop timeout alone. Everything ends before the stop timeout does: SIGKILL follows
 * it, and work that is over exactly then is lost half of the time.
 *
 * @param budgetMs The container's `stopTimeout` in milliseconds, above 0. Fargate: 30 s unless set, 2 to 120 s
 *   (ECS ContainerDefinition.stopTimeout).
 */
export function drainSchedule(budgetMs: number, options: ScheduleOptions = {}): DrainSchedule {
  const reserve = reserves(budgetMs);
  const lingerCapMs = options.interactive === true ? 0 : budgetMs - reserve.linger;
  return {
    floorMs: Math.min(FLOOR_MS, lingerCapMs),
    lingerCapMs,
    stopMs: budgetMs - reserve.stop,
    destroyMs: budgetMs - reserve.destroy,
    releaseMs: budgetMs - reserve.release,
    exitMs: budgetMs - reserve.exit,
  };
}

/**
 * Shortest linger. Balancers were seen sending new requests for 3 to 10 s after they should have stopped; by then either the
 * deregistration or two failed health checks have reached every node, or requests are still coming and the quiet rule holds the door open.
 */
const FLOOR_MS = 12_000;

interface Reserves {
  readonly linger: number;
  readonly stop: number;
  readonly destroy: number;
  readonly release: number;
  readonly exit: number;
}

/** Milliseconds kept free at the end of the budget, at the default stop timeout and at the longest one. */
const AT_30_S: Reserves = { linger: 12_000, stop: 4_500, destroy: 2_000, release: 1_000, exit: 500 };
const AT_120_S: Reserves = { linger: 20_000, stop: 8_000, destroy: 4_000, release: 1_500, exit: 1_000 };

/** Linear between the two, in proportion below, constant above. */
function reserves(budgetMs: number): Reserves {
  const at = (name: keyof Reserves): number => {
    if (budgetMs <= 30_000) return (AT_30_S[name] * budgetMs) / 30_000;
    const share = Math.min(1, (budgetMs - 30_000) / 90_000);
    return AT_30_S[name] + (AT_120_S[name] - AT_30_S[name]) * share;
  };
  return { linger: at('linger'), stop: at('stop'), destroy: at('destroy'), release: at('release'), exit: at('exit') };
}

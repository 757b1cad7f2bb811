import type { Clock } from '@spotproof/core';

/**
 * Waits until the event loop has turned `turns` times in a row without `activity` changing. Node accepts one connection per turn, so a quiet row of
 * turns means that the kernel's accept queue is empty, however many connections it held after a stall.
 *
 * Activity without end is waited out for `boundMs`, and for no fewer turns than a full accept queue needs: a process that is starved of CPU may
 * get only a few turns a second, and those that wait in the queue must not pay for it.
 */
export async function idleLoopTurns(options: {
  readonly turns: number;
  readonly boundMs: number;
  readonly activity: () => number;
  readonly now: () => number;
}): Promise<void> {
  const until = options.now() + options.boundMs;
  let seen = options.activity();
  let turned = 0;
  let idle = 0;
  while (idle < options.turns && (turned < FULL_QUEUE_TURNS || options.now() < until)) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    turned += 1;
    const activity = options.activity();
    idle = activity === seen ? idle + 1 : 0;
    seen = activity;
  }
}

/**
 * Waits until what goes on in other processes, and is heard of by messages, has been quiet for `quietMs`; for no longer than `boundMs`.
 */
export async function quietTime(options: {
  readonly quietMs: number;
  readonly boundMs: number;
  readonly activity: () => number;
  readonly clock: Clock;
}): Promise<void> {
  const { clock, quietMs } = options;
  const until = clock.now() + options.boundMs;
  let seen = options.activity();
  let quietSince = clock.now();
  while (clock.now() - quietSince < quietMs && clock.now() < until) {
    await new Promise<void>((resolve) => {
      clock.schedule(LOOK_EVERY_MS, resolve);
    });
    if (options.activity() === seen) continue;
    seen = options.activity();
    quietSince = clock.now();
  }
}

const LOOK_EVERY_MS = 10;
/** Above Node's default backlog of 511. */
const FULL_QUEUE_TURNS = 1_000;

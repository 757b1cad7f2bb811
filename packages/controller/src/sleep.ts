import type { Clock } from '@spotproof/core';

/** Waits; not at all for no time or less. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    clock.schedule(ms, resolve);
  });
}

import { performance } from 'node:perf_hooks';
import type { Clock } from '@spotproof/core';

/** Epoch milliseconds with fractions that never go backwards: comparable with those of other processes on this machine. */
export const epochClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

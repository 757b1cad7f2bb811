import type { Clock } from '@spotproof/core';
import { epochNow } from '../../epoch.ts';

/** Real time, comparable with that of the other processes on this machine. */
export const epochClock: Clock = {
  now: epochNow,
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

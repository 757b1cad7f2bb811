import type { Clock } from '@spotproof/core';
import { epochNow } from '../epoch.ts';

/** The clock that all parts of the cloud share: milliseconds since 1970, which never go back. */
export const epochClock: Clock = {
  now: epochNow,
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    // Nothing that is only waited for keeps the process alive: the listening port does.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

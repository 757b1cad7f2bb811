import type { Clock } from '@spotproof/core';

/** The wall clock: leases and the times that AWS tells are compared with it, so a monotonic one of this process would not do. */
export const epochClock: Clock = {
  now: () => Date.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

import type { Clock } from '@spotproof/core';

/** Never goes back, whatever becomes of the time of day. */
export const monotonicClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = timerAfter(delayMs, callback);
    return () => clearTimeout(timer);
  },
};

/** The same, and what waits on it does not keep a process alive. */
export const backgroundClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = timerAfter(delayMs, callback);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The same clock, for something that is awaited: a process that had nothing else to do would end in the middle of it, and nobody would be told. */
export function foreground(clock: Clock): Clock {
  return clock === backgroundClock ? monotonicClock : clock;
}

function timerAfter(delayMs: number, callback: () => void): NodeJS.Timeout {
  return setTimeout(callback, Math.min(LONGEST_MS, Math.max(0, delayMs)));
}

/** Node takes a longer delay for one of a millisecond. 24 days. */
const LONGEST_MS = 2_147_483_647;

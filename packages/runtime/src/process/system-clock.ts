import type { Cancel, Clock } from '@spotproof/core';

/** Real time. Its timers do not keep the process alive; {@link keepAlive} does. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Keeps the event loop alive until cancelled: a drain must reach its end even when the app has nothing left to wait for. */
export function keepAlive(): Cancel {
  const timer = setInterval(() => {}, 60_000);
  return () => {
    clearInterval(timer);
  };
}

import { takeClaim, type Taken } from '../claim/take-claim.ts';
import { monotonicClock } from '../monotonic-clock.ts';
import type { ClaimStore } from '../store.ts';

export interface PatientOptions {
  /** How long to wait while somebody else has the key; 0 asks once. */
  readonly waitMs: number;
  /** Ends the wait, but not a request that is under way. */
  readonly stop?: AbortSignal | undefined;
  /** How long an answer of the store is waited for. */
  readonly withinMs?: number;
}

/**
 * Claims a key, and waits for whoever has it. The wait keeps the process alive.
 *
 * @throws SpotproofError `SPOTPROOF_STORE`
 */
export async function takeWhenFree(
  store: ClaimStore,
  request: Parameters<typeof takeClaim>[1],
  { waitMs, stop, ...options }: PatientOptions,
): Promise<Taken> {
  if (waitMs === 0) return await takeClaim(store, request, options);
  const until = monotonicClock.now() + waitMs;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const taken = await takeClaim(store, request, options);
    const leftMs = until - monotonicClock.now();
    if (taken.outcome !== 'busy' || leftMs <= 0 || stop?.aborted === true) return taken;
    // Many that wait for one key do not ask in step.
    await pause(Math.min(leftMs, pauseMs * (0.5 + Math.random() / 2)), stop);
  }
}

function pause(ms: number, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stop?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = monotonicClock.schedule(ms, end);
    stop?.addEventListener('abort', end, { once: true });
  });
}

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

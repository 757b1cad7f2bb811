import { takeClaim, type Taken } from '../claim/take-claim.ts';
import { monotonicClock } from '../monotonic-clock.ts';
import type { ClaimStore } from '../store.ts';

export interface PatientOptions {
  /** How long to wait while somebody else has the key; 0 asks once. */
  readonly waitMs: number;
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
  { waitMs, ...options }: PatientOptions,
): Promise<Taken> {
  const until = monotonicClock.now() + waitMs;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const taken = await takeClaim(store, request, options);
    const leftMs = until - monotonicClock.now();
    if (taken.outcome !== 'busy' || leftMs <= 0) return taken;
    // Many that wait for one key do not ask in step.
    await pause(Math.min(leftMs, pauseMs * (0.5 + Math.random() / 2)));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    monotonicClock.schedule(ms, resolve);
  });
}

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

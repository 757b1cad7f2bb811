import { SpotproofError, isSpotproofError, type Cancel, type Clock } from '@spotproof/core';
import { foreground } from '../monotonic-clock.ts';

export interface ResendOptions {
  readonly clock: Clock;
  /** For how long the request is sent again, in milliseconds. */
  readonly withinMs: number;
  /** After how long without an answer the request is sent again beside the one that is under way: its connection may be dead. */
  readonly patienceMs: number;
  /** Nobody awaits the answer: it does not keep the process alive. */
  readonly isInBackground?: boolean;
}

export interface Answer<T> {
  readonly answer: T;
  /** When the request that was answered was sent, by the clock. */
  readonly sentAt: number;
}

/**
 * Sends a request until it is answered. All operations of a store may be sent again unchanged: the second copy is answered as the first one was.
 *
 * @param send Sends the very same request each time.
 * @throws SpotproofError `SPOTPROOF_STORE`, `retryable` when no answer came in time: then nobody knows whether it was done. What `send` throws otherwise.
 */
export function resend<T>(send: () => Promise<T>, { clock: given, withinMs, patienceMs, isInBackground = false }: ResendOptions): Promise<Answer<T>> {
  const clock = isInBackground ? given : foreground(given);
  return new Promise((resolve, reject) => {
    let isOver = false;
    let copies = 0;
    let lastError: unknown;
    let cancelNext: Cancel = () => {};
    const until = clock.now() + withinMs;
    const end = (act: () => void): void => {
      if (isOver) return;
      isOver = true;
      cancelNext();
      act();
    };
    const giveUp = (): void => end(() => reject(lastError ?? noAnswer(withinMs)));
    /** One timer serves both, since hardly any ever fires: nothing is sent from `until` on. */
    const sendAt = (at: number, now: number): void => {
      cancelNext = at < until ? clock.schedule(at - now, sendCopy) : clock.schedule(until - now, giveUp);
    };
    const sendCopy = (): void => {
      copies += 1;
      const copy = copies;
      const sentAt = clock.now();
      sendAt(sentAt + patienceMs, sentAt);
      send().then(
        (answer) => end(() => resolve({ answer, sentAt })),
        (error: unknown) => {
          if (!isSpotproofError(error, 'SPOTPROOF_STORE') || !error.retryable) end(() => reject(error));
          lastError = error;
          // An older copy has a younger one beside it already.
          if (isOver || copy !== copies) return;
          cancelNext();
          const now = clock.now();
          sendAt(now + pauseMs(copies), now);
        },
      );
    };
    sendCopy();
  });
}

/** Full jitter: callers that failed together do not come back together. */
function pauseMs(copies: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** copies);
}

function noAnswer(withinMs: number): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `The store gave no answer within ${Math.round(withinMs)} ms. Look whether it can be reached, and give its client a timeout.`,
    { retryable: true },
  );
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2000;

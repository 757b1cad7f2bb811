import type { Clock } from '@spotproof/core';
import { isSpotproofError } from '@spotproof/core';
import { parseEvent } from '@spotproof/core/events';
import type { Timeline } from './timeline.ts';

/** Events as they come, as parsed JSON; waits for some of them for a few seconds at most, and gives up at once when the signal is aborted. */
export type ReceiveEvents = (signal: AbortSignal) => Promise<readonly unknown[]>;

/** Writes down what the rule sends. Resolves when the signal is aborted, to why it could not listen to the end, if it could not. */
export async function listenForEvents(
  receive: ReceiveEvents,
  { timeline, clock, signal }: { readonly timeline: Timeline; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      for (const value of await receive(signal)) {
        const event = parseEvent(value);
        timeline.eventSeen(event.kind === 'task-state-change' ? event : undefined, clock.now());
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
      if (!error.retryable) return error.message;
    }
  }
  return undefined;
}

import { channel } from 'node:diagnostics_channel';
import type { ClaimOutcome, Settlement } from './protocol/index.ts';

/** What is told while work goes on, by name of event. */
export interface StateEvents {
  /** A key was asked for. */
  claim: {
    readonly key: string;
    readonly outcome: ClaimOutcome['outcome'];
    /** Of the attempt, if it was won. */
    readonly epoch: number | undefined;
    readonly attempt: number | undefined;
    /** Until the store had answered. */
    readonly durationMs: number;
  };
  /** An attempt lost its key: see {@link LossCause}. */
  lost: { readonly key: string; readonly epoch: number; readonly because: LossCause };
  /** A checkpoint is durable. */
  checkpoint: { readonly key: string; readonly epoch: number; readonly seq: number; readonly bytes: number; readonly durationMs: number };
  /** An attempt is over. `pending` with `counts: 'interruption'` is a hand-over: another worker goes on. */
  settle: {
    readonly key: string;
    readonly epoch: number;
    readonly to: Settlement['to'];
    readonly counts: 'failure' | 'interruption' | 'nothing' | undefined;
    /** Of the last checkpoint. */
    readonly seq: number;
    readonly durationMs: number;
  };
  /** The work is done, and its result could not be kept: nobody is answered with it again. */
  omitted: { readonly key: string; readonly epoch: number; readonly reason: string };
}

/**
 * Why an attempt has lost its key. `taken`: the store says that it is somebody else's, or gone. `deadline`: the lease ended without a word from the store.
 * `unanswered`: whether the store has written what it was last asked to cannot be known.
 */
export type LossCause = 'taken' | 'deadline' | 'unanswered';

/** The channel of `node:diagnostics_channel` for each event. Free while nobody subscribes. */
export const CHANNELS: Readonly<Record<keyof StateEvents, string>> = {
  claim: 'spotproof:state:claim',
  lost: 'spotproof:state:lost',
  checkpoint: 'spotproof:state:checkpoint',
  settle: 'spotproof:state:settle',
  omitted: 'spotproof:state:omitted',
};

export function publish<Event extends keyof StateEvents>(event: Event, message: () => StateEvents[Event]): void {
  const target = channels[event];
  if (target.hasSubscribers) target.publish(message());
}

const channels = {
  claim: channel(CHANNELS.claim),
  lost: channel(CHANNELS.lost),
  checkpoint: channel(CHANNELS.checkpoint),
  settle: channel(CHANNELS.settle),
  omitted: channel(CHANNELS.omitted),
};

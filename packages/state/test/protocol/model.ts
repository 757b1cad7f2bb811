import type { ClaimRecord } from '../../src/protocol/index.ts';

export interface Scenario {
  /** Each makes one attempt, under a token of its own. A process that begins anew is another caller. */
  readonly callers: number;
  /** What a caller who has won may do. */
  readonly may: readonly Exclude<Ask['what'], 'claim'>[];
  /** How many checkpoints there are to make. */
  readonly checkpoints: number;
  /** How far the clock goes, in milliseconds. A lease is {@link LEASE_MS}. */
  readonly ticks: number;
  /** How many requests leave a copy behind that arrives once more, at any later time. */
  readonly copies: number;
  /** Whether the work was put there to be kept for ever, or comes with the claim and is forgotten a millisecond after its lease or its end. */
  readonly keeps: boolean;
  /** An operator who, once, removes the record as it is or was, and once gives failed work another chance. */
  readonly operator: boolean;
}

/** What is asked, without what follows from the scenario. `attempt` stands for the token. */
export interface Ask {
  readonly what: 'claim' | 'renew' | 'save' | 'done' | 'failed' | 'failure' | 'release';
  readonly attempt: number;
  readonly epoch: number;
  readonly seq: number;
  readonly sentAt: number;
}

export interface Caller {
  readonly phase: 'idle' | 'asking' | 'working' | 'gone';
  readonly attempt: number;
  readonly epoch: number;
  readonly seq: number;
  /** Until when it believes to hold, from the time when it sent what was answered. */
  readonly validUntil: number;
  readonly ask: Ask | undefined;
  /** What a claim that reads and then writes has read. */
  readonly read: { readonly record: ClaimRecord | undefined } | undefined;
}

export interface State {
  readonly now: number;
  readonly record: ClaimRecord | undefined;
  readonly callers: readonly Caller[];
  readonly copies: readonly Ask[];
  readonly copiesLeft: number;
  readonly removalsLeft: number;
  readonly revivalsLeft: number;
  /** The epoch that the operator looked at. */
  readonly looked: number | undefined;
  readonly history: History;
}

/** What the record alone does not tell: it is kept beside the model, and no caller sees it. */
export interface History {
  /** The highest epoch that was ever given for the key. */
  readonly epoch: number;
  /** The attempt that it was given to. */
  readonly winner: number;
  /** The last checkpoint that was written for the holder. */
  readonly saved: { readonly seq: number; readonly data: Uint8Array } | undefined;
  /** The attempts that have failed, each once. */
  readonly failures: readonly number[];
  readonly result: Uint8Array | undefined;
}

export const LEASE_MS = 2;

/**
 * One line of `work.ndjson`: what a task told the sink. Times are epoch milliseconds with fractions, comparable between the processes of one lab; `task` is
 * whoever said it, as far as the address that it used tells.
 */
export type WorkRecord = ExpectedRecord | EffectRecord;

/** A piece of work was accepted: from now on it has to be done, once. Saying so again changes nothing. */
export interface ExpectedRecord {
  readonly type: 'expected';
  readonly at: number;
  readonly task: string | undefined;
  readonly work: string;
}

/** An effect was asked for. */
export interface EffectRecord {
  readonly type: 'effect';
  readonly at: number;
  readonly task: string | undefined;
  readonly work: string;
  /** Its idempotency key; undefined without one. */
  readonly key: string | undefined;
  readonly outcome: EffectOutcome;
}

/**
 * `done` it happened · `absorbed` the same key had come before for the same work: it did not happen again · `refused` the key had come before for other work: it did
 * not happen at all.
 */
export const EFFECT_OUTCOMES = ['done', 'absorbed', 'refused'] as const;
export type EffectOutcome = (typeof EFFECT_OUTCOMES)[number];

/**
 * What became of the work that the tasks told the sink of (`--work`), as the load's requests are accounted for. Times named `…At` are milliseconds after the start of
 * the run.
 */
export interface WorkReport {
  /** Pieces of work that were accepted, each to be done once. */
  readonly expected: number;
  /** Those that were done, at least once. `expected` is always `done` + `lost`. */
  readonly done: number;
  /** Accepted and not done when the run was over. */
  readonly lost: number;
  /** Done more than once, whether it was said to be accepted or not. */
  readonly doubled: number;
  /** Done, and never said to be accepted. Reported; no failure. */
  readonly unexpected: number;
  /** Effects that came again under the same idempotency key, and did not happen again. */
  readonly absorbed: number;
  /** Effects that did not happen, because their idempotency key had been used for other work. */
  readonly refused: number;
  /** How long the run waited for open work after the last answer, in milliseconds. */
  readonly waitedMs: number;
  /** What was lost, doubled or refused, at most 200 pieces. */
  readonly pieces: readonly WorkPiece[];
  /** All of it for a person: one sentence, and one for each kind of trouble. */
  readonly summary: string;
  /** What to change, when that is known. */
  readonly fixes: readonly string[];
}

export interface WorkPiece {
  readonly work: string;
  readonly fate: 'lost' | 'doubled' | 'refused';
  /** When it was first said to be accepted, and by which task. */
  readonly expectedAt: number | undefined;
  readonly expectedBy: string | undefined;
  /** Each time that it was done. */
  readonly done: readonly WorkEffect[];
}

export interface WorkEffect {
  readonly at: number;
  readonly taskId: string | undefined;
  readonly key: string | undefined;
}

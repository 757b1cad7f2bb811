import type { EffectRecord, ExpectedRecord, WorkRecord } from './work-record.ts';

/** How a run's work stands, in pieces. */
export interface WorkFigures {
  /** Pieces that have to be done. */
  readonly expected: number;
  /** Those of them that were, at least once. */
  readonly done: number;
  /** Pieces that were done more than once, expected or not. */
  readonly doubled: number;
  /** Pieces that were done and that nobody had said would have to be. */
  readonly unexpected: number;
  /** Effects that were asked for again under their key, and did not happen again. */
  readonly absorbed: number;
  /** Effects that came under the key of other work, and did not happen. */
  readonly refused: number;
}

/** All that is known of one piece of work. */
export interface Piece {
  readonly work: string;
  /** The first word of it; undefined while nobody has said that it has to be done. */
  readonly expected: ExpectedRecord | undefined;
  /** What happened, in order: empty when it was not done, more than one when it was done again. */
  readonly done: readonly EffectRecord[];
  readonly absorbed: number;
  readonly refused: number;
}

/** Counts what the sink is told. The sink counts with it while the run goes on, and the verdict counts its record once more. The order of records does not matter. */
export class Tally {
  readonly #pieces = new Map<string, MutablePiece>();
  readonly #figures: Mutable<WorkFigures> = { expected: 0, done: 0, doubled: 0, unexpected: 0, absorbed: 0, refused: 0 };

  get figures(): WorkFigures {
    return { ...this.#figures };
  }

  /** In the order in which they were first heard of. */
  pieces(): IterableIterator<Piece> {
    return this.#pieces.values();
  }

  isExpected(work: string): boolean {
    return this.#pieces.get(work)?.expected !== undefined;
  }

  take(record: WorkRecord): void {
    const piece = this.#pieceOf(record.work);
    const figures = this.#figures;
    if (record.type === 'expected') {
      if (piece.expected !== undefined) return;
      piece.expected = record;
      figures.expected++;
      if (piece.done.length > 0) {
        figures.done++;
        figures.unexpected--;
      }
      return;
    }
    switch (record.outcome) {
      case 'done':
        piece.done.push(record);
        if (piece.done.length === 2) figures.doubled++;
        if (piece.done.length > 1) return;
        if (piece.expected === undefined) figures.unexpected++;
        else figures.done++;
        return;
      case 'absorbed':
        piece.absorbed++;
        figures.absorbed++;
        return;
      case 'refused':
        piece.refused++;
        figures.refused++;
    }
  }

  #pieceOf(work: string): MutablePiece {
    const known = this.#pieces.get(work);
    if (known !== undefined) return known;
    const piece: MutablePiece = { work, expected: undefined, done: [], absorbed: 0, refused: 0 };
    this.#pieces.set(work, piece);
    return piece;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type MutablePiece = Mutable<Omit<Piece, 'done'>> & { readonly done: EffectRecord[] };

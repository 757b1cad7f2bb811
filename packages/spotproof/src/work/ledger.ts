import { Tally, type WorkFigures } from './tally.ts';
import type { EffectRecord, WorkRecord } from './work-record.ts';

/** What the sink answers: a status and a document. `replayed`: it is the answer that the first request with this key was given. */
export interface SinkAnswer {
  readonly status: 200 | 422 | 507;
  readonly document: Readonly<Record<string, unknown>>;
  readonly replayed?: true;
}

/** The sink's memory: a downstream that honours idempotency keys, and a witness of what it was told. Bounded: what does not fit is refused, and said. */
export class Ledger {
  readonly #onRecord: (record: WorkRecord) => void;
  readonly #tally = new Tally();
  readonly #byKey = new Map<string, { readonly work: string; readonly answer: SinkAnswer }>();
  readonly #most: number;
  #effects = 0;
  #records = 0;
  #isFull = false;

  /** @param onRecord Each record, as it is made. */
  constructor(onRecord: (record: WorkRecord) => void, most: number = MOST_RECORDS) {
    this.#onRecord = onRecord;
    this.#most = most;
  }

  get figures(): WorkFigures {
    return this.#tally.figures;
  }

  get records(): number {
    return this.#records;
  }

  /** Something had to be refused for want of room: the record says less than what happened. */
  get isFull(): boolean {
    return this.#isFull;
  }

  expect(works: readonly string[], { at, task }: Telling): SinkAnswer {
    const news = [...new Set(works)].filter((work) => !this.#tally.isExpected(work));
    if (!this.#hasRoomFor(news.length)) return this.#full();
    for (const work of news) this.#take({ type: 'expected', at, task, work });
    return { status: 200, document: { expected: works.length } };
  }

  /** @param key The value of `Idempotency-Key`; undefined without one. */
  effect(work: string, key: string | undefined, { at, task }: Telling): SinkAnswer {
    if (!this.#hasRoomFor(1)) return this.#full();
    const before = key === undefined ? undefined : this.#byKey.get(key);
    const record = (outcome: EffectRecord['outcome']): void => this.#take({ type: 'effect', at, task, work, key, outcome });
    if (before !== undefined && before.work !== work) {
      record('refused');
      return {
        status: 422,
        document: { error: `Idempotency-Key ${JSON.stringify(key)} was used for ${JSON.stringify(before.work)}. Nothing was done.` },
      };
    }
    if (before !== undefined) {
      record('absorbed');
      return { ...before.answer, replayed: true };
    }
    record('done');
    const answer: SinkAnswer = { status: 200, document: { effect: ++this.#effects, work } };
    if (key !== undefined) this.#byKey.set(key, { work, answer });
    return answer;
  }

  #take(record: WorkRecord): void {
    this.#records++;
    this.#tally.take(record);
    this.#onRecord(record);
  }

  #hasRoomFor(records: number): boolean {
    return this.#records + records <= this.#most;
  }

  #full(): SinkAnswer {
    this.#isFull = true;
    return { status: 507, document: { error: `The sink keeps ${this.#most} records and has no room for more.` } };
  }
}

/** When it was said, and by which task. */
export interface Telling {
  readonly at: number;
  readonly task: string | undefined;
}

const MOST_RECORDS = 500_000;

export type WorkDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface WorkItem {
  readonly name: string;
  readonly details: WorkDetails | undefined;
  readonly startedAt: number;
}

/** Work that is no HTTP request: "I am busy with this". What is left at the end is the loss report. */
export class TrackedWork {
  readonly #items = new Set<WorkItem>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Hands out all that is unfinished and forgets it. */
  takeAll(): readonly WorkItem[] {
    const all = [...this.#items];
    this.#items.clear();
    return all;
  }

  add(item: WorkItem): Disposable {
    this.#items.add(item);
    this.#changed();
    return {
      [Symbol.dispose]: () => {
        if (this.#items.delete(item)) this.#changed();
      },
    };
  }
}

import { MOST_LOST_NAMED, type LostItem } from './report.ts';

/** What was lost, by name; counted and told beyond the limit. */
export class LossLog {
  readonly #named: LostItem[] = [];
  readonly #lost: (item: LostItem) => void;
  #count = 0;

  constructor(lost: (item: LostItem) => void) {
    this.#lost = lost;
  }

  add(item: LostItem): void {
    const rounded = { ...item, ageMs: Math.round(item.ageMs) };
    this.#count += 1;
    if (this.#named.length < MOST_LOST_NAMED) this.#named.push(rounded);
    this.#lost(rounded);
  }

  /** More of them, which a worker counted without naming. */
  addUnnamed(count: number): void {
    this.#count += count;
  }

  get count(): number {
    return this.#count;
  }

  get named(): readonly LostItem[] {
    return [...this.#named];
  }
}

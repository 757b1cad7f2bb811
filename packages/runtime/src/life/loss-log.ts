import { MOST_LOST_NAMED, type LostItem } from './report.ts';

/** What was lost, by name; counted beyond the limit. */
export class LossLog {
  readonly #named: LostItem[] = [];
  #count = 0;

  add(item: LostItem): void {
    this.#count += 1;
    if (this.#named.length < MOST_LOST_NAMED) this.#named.push({ ...item, ageMs: Math.round(item.ageMs) });
  }

  get count(): number {
    return this.#count;
  }

  get named(): readonly LostItem[] {
    return [...this.#named];
  }
}

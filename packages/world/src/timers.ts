/** One thing to do at an instant. */
export interface Timer<Job> {
  readonly at: number;
  readonly job: Job;
}

/**
 * What is to happen when, as a 4-ary heap: adding and taking cost log n, so a fleet of ten thousand tasks stays cheap. Timers of one instant come out
 * in the order in which they were added, or a run would not be repeatable. Nothing is ever cancelled: whoever takes a timer checks that it still holds.
 */
export class Timers<Job> {
  readonly #heap: (Timer<Job> & { readonly sequence: number })[] = [];
  #sequence = 0;

  /** The instant of the earliest timer, or undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, job: Job): void {
    const heap = this.#heap;
    heap.push({ at, job, sequence: this.#sequence++ });
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  /** Takes the earliest timer that is due at `now`. */
  takeDue(now: number): Timer<Job> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let least = index;
      const end = Math.min(4 * index + 4, heap.length - 1);
      for (let child = 4 * index + 1; child <= end; child++) if (this.#isBefore(child, least)) least = child;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}

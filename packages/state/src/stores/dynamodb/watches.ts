/**
 * For how long records have been seen unchanged, by this process's own clock. DynamoDB has no clock that could be asked, and the clocks of other machines
 * may be wrong by any amount; but whoever holds a key has renewed it within its lease, or has lost it. Bounded: what is forgotten is watched anew, which
 * costs time and nothing else.
 */
export class Watches {
  readonly #now: () => number;
  readonly #seen = new Map<string, { readonly token: string; readonly rev: number; readonly since: number }>();

  /** @param now Never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long this very revision has been there at least, in milliseconds. To be called after it was read. */
  unchangedMs({ key, token, rev }: { readonly key: string; readonly token: string; readonly rev: number }): number {
    const seen = this.#seen.get(key);
    if (seen?.token === token && seen.rev === rev) return this.#now() - seen.since;
    this.#seen.delete(key);
    this.#seen.set(key, { token, rev, since: this.#now() });
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MOST_WATCHED) break;
      this.#seen.delete(oldest);
    }
    return 0;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}

const MOST_WATCHED = 10_000;

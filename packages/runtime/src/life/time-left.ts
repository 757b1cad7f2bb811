/** The instants of a drain, as the code that they concern sees them. */
export interface TimeLeft {
  /** When what is open is cut, in milliseconds since the epoch, comparable with `Date.now()`. Infinity while nothing drains. */
  readonly deadline: number;
  /** Milliseconds until then, 0 when it is past, Infinity while nothing drains. */
  readonly remainingMs: () => number;
}

/** @param options.endsAt The instant on the clock of `now`, undefined while there is none. */
export function timeLeft(options: { readonly now: () => number; readonly endsAt: () => number | undefined }): TimeLeft {
  const remaining = (): number => (options.endsAt() ?? Infinity) - options.now();
  return {
    get deadline() {
      return Date.now() + remaining();
    },
    remainingMs: () => Math.max(0, remaining()),
  };
}

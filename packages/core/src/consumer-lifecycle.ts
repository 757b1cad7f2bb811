/**
 * What something that takes work needs to know of the life of its process. `createLifecycle()` of `@spotproof/runtime` gives it; anything of the same
 * shape does.
 */
export interface ConsumerLifecycle {
  /** Aborted when the drain begins: *please wrap up*. */
  readonly draining: AbortSignal;
  /** Aborted shortly before the end: *stop now*. */
  readonly stop: AbortSignal;
  /** Has a drain stop this consumer before anything else, wait for what it runs, and have it hand back what cannot finish. */
  consumer(name: string, parts: ConsumerParts): { changed(): void };
}

export interface ConsumerParts {
  /** Takes no more work. Called once, the moment a drain begins. */
  stop(): unknown;
  /** Waits until nothing that was taken is running any more. */
  drained?(): unknown;
  /** Gives back what cannot finish. Called together with the *stop* signal. Resolves with the names of what it gave back. */
  handBack?(): unknown;
  /** Names of what is running now. */
  running?(): Iterable<string>;
}

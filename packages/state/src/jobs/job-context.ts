import type { Claim } from '../claim/claim.ts';
import type { TransactionalStore } from '../store.ts';

/**
 * What a running job is given. When the process is stopping, the next `save`, `flush`, `step` or `commit` writes the state, gives the job back to the store in the
 * same write, and rejects with `SPOTPROOF_INTERRUPTED`: let it through. Another worker goes on from there at once.
 */
export interface JobContext<I, S> extends Claim {
  readonly input: I;
  /** What was last saved. Frozen: a new state is a new object. */
  readonly state: S;
  /**
   * From here the next attempt goes on. Written now if the last write is long enough ago, and otherwise a little later; see `checkpointEveryMs`.
   *
   * @throws SpotproofError `SPOTPROOF_INTERRUPTED`, `SPOTPROOF_CLAIM_LOST`, `SPOTPROOF_STORE`, `SPOTPROOF_NOT_STORABLE`
   */
  save(next: S): Promise<void>;
  /** Waits until what was saved is durable. */
  flush(): Promise<void>;
  /**
   * Does `act` once, as far as the store can know: what it returned is written before it is returned here, and an attempt that finds it written does not do it
   * again. An attempt that was killed between the effect and the write leaves no trace, so that the effect happens again: give the effect key to whom you call.
   *
   * @param name The same in each attempt, and used once in each. 1 to 200 characters.
   * @param next With it the result is not kept, and the state that it returns is saved in the same write: for loops. The state has to tell by itself that the
   *   step is done.
   */
  step<T>(name: string, act: (effectKey: string) => Promise<T> | T, next?: (result: T, state: S) => S): Promise<T>;
  /**
   * Does `work` in a transaction, and saves the next state in the same one: both happen, or neither.
   *
   * @param store The one that the worker runs on.
   */
  commit<Tx, R>(store: TransactionalStore<Tx>, work: (tx: Tx) => Promise<R>, next: (result: R, state: S) => S): Promise<R>;
  /**
   * Saves the state and gives the job back in one write, for another worker or a later time.
   *
   * @param afterMs From when on it may be taken. Default 0.
   */
  handOff(afterMs?: number): Promise<never>;
}

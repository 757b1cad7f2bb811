import type { AddOutcome, ClaimOutcome, ClaimRecord, ClaimState, HolderOutcome } from './protocol/index.ts';
import type { Add, Claim, Purge, Renew, Revive, Save, Settle } from './protocol/index.ts';

/**
 * Where claims are kept. Each method is one atomic operation of the protocol, safe to send again, and one round trip, but for what its store says otherwise.
 * `next()` of the protocol says what each must do; the contract tests hold every store to it.
 *
 * All methods reject with a SpotproofError: `SPOTPROOF_STORE` when the store cannot be reached, refuses, or its answer did not come (`retryable` tells
 * whether to send the same call again), `SPOTPROOF_CONFIG_INVALID` for an argument out of its range.
 */
export interface ClaimStore {
  readonly capabilities: StoreCapabilities;
  /** Puts work there for whoever claims it. */
  add(request: Request<Add>): Promise<AddOutcome>;
  claim(request: Request<Claim>): Promise<ClaimOutcome>;
  renew(request: Request<Renew>): Promise<HolderOutcome>;
  save(request: Request<Save>): Promise<HolderOutcome>;
  settle(request: Request<Settle>): Promise<HolderOutcome>;
  revive(request: Request<Revive>): Promise<'revived' | 'refused'>;
  purge(request: Request<Purge>): Promise<'purged' | 'kept'>;
  /** The record as it is now, read where writes are decided: never from a replica. */
  read(key: string): Promise<ClaimRecord | undefined>;
  list(query: ListQuery): Promise<ListPage>;
  /**
   * Asks the server whether it can keep what is promised: reachable, new enough, table or schema there, nothing evicted; and lets two claims of one key
   * race, of which one must win. To be called once, before the first work.
   *
   * @throws SpotproofError `SPOTPROOF_STORE`, saying what to change.
   */
  check(): Promise<StoreCheck>;
}

/** An operation without its name, which the method has. */
export type Request<O> = Omit<O, 'op'>;

export interface StoreCapabilities {
  /** Such as `PostgreSQL`. */
  readonly name: string;
  /**
   * What becomes of a write that was acknowledged. `sync`: it survives the loss of a process and a machine, as the server is set up. `async`: a failover
   * or a crash may lose the last ones, so that a key may be claimed again. `none`: it is lost with the process that keeps it.
   */
  readonly durability: Durability;
  /** True while `durability` is what is assumed of the server: `check()` has not asked it yet. */
  readonly isDurabilityAssumed?: boolean;
  /** Who says when a lease has ended. `server`: the store's clock. `watch`: whoever wants the key has seen it unchanged for the whole lease by a clock of its own. */
  readonly clock: 'server' | 'watch';
  /** The largest record: `data` and `result` together, in bytes. */
  readonly maxBytes: number;
}

export type Durability = 'sync' | 'async' | 'none';

/** A store that can settle or save in the transaction in which the work writes. */
export interface TransactionalStore<Tx> extends ClaimStore {
  /**
   * Runs `work` in a transaction, then writes what `then` says in the same one, under the same condition as `save` or `settle`, but for one thing: what is
   * written already counts as lost here, since the effect that belongs to it has happened, and must not happen again. Lost: all is rolled back, and nothing
   * of it has happened.
   *
   * @returns What `work` returned.
   * @throws SpotproofError `SPOTPROOF_CLAIM_LOST`; `SPOTPROOF_MISUSE` when `work` has ended the transaction itself, as far as the server can tell; and what
   *   `work` throws, after a rollback.
   */
  transact<R>(work: (tx: Tx) => Promise<R>, then: (result: R) => Request<Save> | Request<Settle>): Promise<R>;
}

export interface ListQuery {
  readonly kind?: string | undefined;
  /** `due`: pending or held, and claimable now, the longest due first. Otherwise the order is the store's. */
  readonly state?: ClaimState | 'due' | undefined;
  /** 1 to {@link LARGEST_PAGE}. */
  readonly limit: number;
  /** `cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface ListPage {
  /** A store that walks over its keys may give one on two pages, if it is written to meanwhile. */
  readonly records: readonly ClaimSummary[];
  /** Undefined on the last page. A page may be empty and yet not the last. */
  readonly cursor: string | undefined;
}

/** A record without what may be large. */
export type ClaimSummary = Omit<ClaimRecord, 'data' | 'result'>;

export interface StoreCheck {
  /** As the server names itself. */
  readonly version: string;
  readonly durability: Durability;
  /** What works, and a person should know. */
  readonly warnings: readonly string[];
}

export const LARGEST_PAGE = 1000;

/** The conditional operations on one record: what is asked, and what is answered. Each is one atomic write of the store, and safe to send again. */
export type Operation = Add | Claim | Renew | Save | Settle | Revive | Purge;

/** Puts work there for whoever claims it, unless the key has a record. */
export interface Add {
  readonly op: 'add';
  readonly key: string;
  /** Makes sending it again harmless. */
  readonly token: string;
  readonly create: Create;
  /** From when on it may be claimed, in milliseconds from now. */
  readonly afterMs: number;
  readonly keepMs: number;
}

/** How a record begins that does not exist. */
export interface Create {
  readonly kind: string;
  readonly fingerprint: string;
  readonly version: number;
  readonly data: Uint8Array;
}

/** Takes the key if nobody holds it and nobody is done with it. */
export interface Claim {
  readonly op: 'claim';
  readonly key: string;
  /** New for each attempt, and the same when this very claim is sent again. */
  readonly token: string;
  readonly leaseMs: number;
  /** How long the record is kept after the lease, should nobody come back to it. `Infinity`: for ever. */
  readonly keepMs: number;
  /** Without it a key that has no record stays so. */
  readonly create: Create | undefined;
  /** Compared with the record's unless undefined. */
  readonly fingerprint: string | undefined;
  /** The newest version of `data` that the caller understands. */
  readonly version: number;
}

/** Puts the end of the lease off. */
export interface Renew extends Holder {
  readonly op: 'renew';
  readonly leaseMs: number;
}

/** The next checkpoint; puts the end of the lease off as well. */
export interface Save extends Holder, Checkpoint {
  readonly op: 'save';
  readonly leaseMs: number;
}

/** Ends the attempt. */
export interface Settle extends Holder {
  readonly op: 'settle';
  readonly settlement: Settlement;
}

export type Settlement =
  | { readonly to: 'done' | 'failed'; readonly result: Uint8Array; readonly keepMs: number }
  | {
      readonly to: 'pending';
      /** From when on it may be claimed, in milliseconds from now. */
      readonly afterMs: number;
      readonly counts: 'failure' | 'interruption' | 'nothing';
      /** Saved in the same write. */
      readonly checkpoint: Checkpoint | undefined;
      /** The error of this attempt, or empty. */
      readonly result: Uint8Array;
      readonly keepMs: number;
    };

/** Who writes. A holder whose lease has ended, and whom nobody has replaced, still holds. */
export interface Holder {
  readonly key: string;
  readonly token: string;
  /**
   * As the claim was answered. A copy of that claim which arrives very late, after others had the key, wins it once more in the name of an attempt that is
   * over: under the same token, but never under the same epoch.
   */
  readonly epoch: number;
}

export interface Checkpoint {
  /** One more than the last one. */
  readonly seq: number;
  readonly version: number;
  readonly data: Uint8Array;
}

/** An operator's second chance for work that failed for good: counted from zero again, from its last checkpoint on. */
export interface Revive {
  readonly op: 'revive';
  readonly key: string;
  readonly keepMs: number;
}

/**
 * Removes the record if its time is over, or now if `force` names the epoch that the operator looked at. Kept while the clock has not passed the record's
 * epoch, which is a millisecond after its last claim, so that the next record of this key begins above it.
 */
export interface Purge {
  readonly op: 'purge';
  readonly key: string;
  readonly force: number | undefined;
}

export type ClaimOutcome =
  | Won
  /** Somebody holds it, or it is not due yet. */
  | { readonly outcome: 'busy'; readonly because: 'held' | 'not-due'; readonly retryAfterMs: number }
  | { readonly outcome: 'done' | 'failed'; readonly result: Uint8Array; readonly epoch: number }
  /** The key was used for something else. */
  | { readonly outcome: 'mismatch' }
  /** Written by newer code than the caller's. */
  | { readonly outcome: 'newer'; readonly version: number }
  | { readonly outcome: 'absent' };

/** The key is the caller's until the lease ends. */
export interface Won {
  readonly outcome: 'won';
  readonly epoch: number;
  readonly seq: number;
  readonly version: number;
  readonly data: Uint8Array;
  readonly failures: number;
  readonly interruptions: number;
  readonly stalls: number;
}

/**
 * `lost`: somebody else has the key, or the attempt is settled, or the record is gone. Nothing was written now; an earlier copy of the same request, whose
 * answer did not come, may have been.
 */
export type HolderOutcome = 'held' | 'lost';

export type AddOutcome = 'added' | 'exists' | 'mismatch';

export interface Outcomes {
  readonly add: AddOutcome;
  readonly claim: ClaimOutcome;
  readonly renew: HolderOutcome;
  readonly save: HolderOutcome;
  readonly settle: HolderOutcome;
  readonly revive: 'revived' | 'refused';
  readonly purge: 'purged' | 'kept';
}

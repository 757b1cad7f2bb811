import { SpotproofError, isSpotproofError, type Cancel, type Clock } from '@spotproof/core';
import { publish, type LossCause } from '../channels.ts';
import type { Checkpoint, Holder, HolderOutcome, Settlement, Won } from '../protocol/index.ts';
import type { ClaimStore, TransactionalStore } from '../store.ts';
import type { Claim } from './claim.ts';
import { effectKey } from './effect-key.ts';
import { resend } from './resend.ts';

/** A checkpoint without its number, which the attempt counts. */
export type Snapshot = Omit<Checkpoint, 'seq'>;

/** How an attempt ends, as a settlement whose checkpoint has no number yet. */
export type End =
  | Extract<Settlement, { readonly to: 'done' | 'failed' }>
  | (Omit<Extract<Settlement, { readonly to: 'pending' }>, 'checkpoint'> & { readonly snapshot: Snapshot | undefined });

/**
 * One attempt at a key: renewed at a third of the lease until it is settled. Writes go out one after the other, each under the attempt's token, and each is
 * sent again until it is answered.
 *
 * A write is sent even if the lease has ended: the store knows whether somebody else has come, and only then is the key lost.
 */
export class HeldClaim implements Claim {
  readonly key: string;
  /** As the store told it when the key was claimed. */
  readonly won: Won;
  readonly epoch: number;
  readonly attempt: number;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #token: string;
  readonly #leaseMs: number;
  /** Made for who asks: most work does not. */
  #controller: AbortController | undefined;
  #abortReason: SpotproofError | undefined;
  #loss: SpotproofError | undefined;
  #isSettled = false;
  /** A settlement is under way: once it was sent, the store may have given the key to somebody else before its answer is here. */
  #isEnding = false;
  #isOver = false;
  /** Nobody knows whether the last checkpoint was written. */
  #isUnsure = false;
  #seq: number;
  #validUntil: number;
  #isRenewing = false;
  #queue: Promise<unknown> = Promise.resolve();
  #cancelHeartbeat: Cancel = () => {};
  #cancelDeadline: Cancel = () => {};

  constructor(options: {
    readonly store: ClaimStore;
    readonly clock: Clock;
    readonly key: string;
    readonly token: string;
    readonly leaseMs: number;
    readonly won: Won;
    /** When the claim was sent, by the clock. */
    readonly sentAt: number;
  }) {
    const { won } = options;
    this.key = options.key;
    this.won = won;
    this.epoch = won.epoch;
    this.attempt = 1 + won.failures + won.interruptions;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#token = options.token;
    this.#leaseMs = options.leaseMs;
    this.#seq = won.seq;
    this.#validUntil = options.sentAt + options.leaseMs;
    this.#extend(options.sentAt);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Of the last checkpoint that is durable. */
  get seq(): number {
    return this.#seq;
  }

  /** True once it is settled, by whatever way. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  timeLeftMs(): number {
    if (this.#isEnding || this.#isSettled || this.#loss !== undefined) return 0;
    return Math.max(0, this.#validUntil - this.#clock.now());
  }

  assertHeld(): void {
    if (this.timeLeftMs() > 0) return;
    throw this.#loss ?? this.#lossOf(this.#isEnding || this.#isSettled ? 'taken' : 'deadline');
  }

  effectKey(step: string): string {
    return effectKey(this.key, step);
  }

  /** How long the lease lasts, also for work that was told that it may have lost the key; milliseconds. */
  leaseLeftMs(): number {
    return this.#isOver ? 0 : Math.max(0, this.#validUntil - this.#clock.now());
  }

  /** Tells the work that the process is stopping. The key stays held, and is renewed. */
  interrupt(): void {
    this.#abort(new SpotproofError('SPOTPROOF_INTERRUPTED', 'This process is stopping. Wrap up: another one goes on from the last checkpoint.'));
  }

  /**
   * Writes the next checkpoint. Its bytes are the store's from here on.
   *
   * @throws SpotproofError `SPOTPROOF_CLAIM_LOST`, `SPOTPROOF_STORE`, `SPOTPROOF_NOT_STORABLE`
   */
  save(snapshot: Snapshot): Promise<void> {
    return this.#inTurn(async () => {
      this.#assertSure();
      const startedAt = this.#clock.now();
      const request = { ...this.#holder, ...snapshot, seq: this.#seq + 1, leaseMs: this.#leaseMs };
      const withinMs = Math.max(this.timeLeftMs(), this.#patienceMs);
      const sentAt = await this.#write(() => this.#store.save(request), withinMs);
      this.#saved(request, startedAt);
      this.#extend(sentAt);
    });
  }

  /**
   * Ends the attempt. A snapshot is left out while nobody knows whether the last one was written.
   *
   * @param withinMs For how long the store's answer is waited for. Default: the time of a lease.
   * @throws SpotproofError `SPOTPROOF_CLAIM_LOST`, `SPOTPROOF_STORE`, `SPOTPROOF_NOT_STORABLE`
   */
  settle(end: End, withinMs: number = this.#leaseMs): Promise<void> {
    return this.#inTurn(async () => {
      const startedAt = this.#clock.now();
      const request = { ...this.#holder, settlement: this.#settlementOf(end) };
      this.#isEnding = true;
      try {
        await this.#write(() => this.#store.settle(request), withinMs);
      } catch (error) {
        // Refused before it was sent: another end may fit.
        if (isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE')) this.#isEnding = false;
        throw error;
      }
      this.#settled(request.settlement, startedAt);
    });
  }

  /**
   * Runs `work` in a transaction of the store, and writes a checkpoint or the end of the attempt in the same one.
   *
   * @throws What `work` throws, and then nothing has happened; SpotproofError `SPOTPROOF_CLAIM_LOST`, which ends the attempt, also when the store's answer to
   *   the commit did not come: the next attempt sees whether it was written.
   */
  transact<Tx, R>(
    store: TransactionalStore<Tx>,
    work: (tx: Tx) => Promise<R>,
    then: (result: R) => { readonly save: Snapshot } | { readonly settle: End },
  ): Promise<R> {
    return this.#inTurn(async () => {
      this.#assertSure();
      const startedAt = this.#clock.now();
      let noteWritten: (() => void) | undefined;
      let workError: { readonly error: unknown } | undefined;
      try {
        const result = await store.transact<R>(
          async (tx) => {
            try {
              return await work(tx);
            } catch (error) {
              workError = { error };
              throw error;
            }
          },
          (result) => {
            const what = then(result);
            if ('settle' in what) {
              const settlement = this.#settlementOf(what.settle);
              noteWritten = () => this.#settled(settlement, startedAt);
              return { ...this.#holder, settlement };
            }
            const request = { ...this.#holder, ...what.save, seq: this.#seq + 1, leaseMs: this.#leaseMs };
            noteWritten = () => {
              this.#saved(request, startedAt);
              // The write was sent after the work, and so no earlier than the transaction began.
              this.#extend(startedAt);
            };
            return request;
          },
        );
        noteWritten?.();
        return result;
      } catch (error) {
        if (workError?.error === error) throw error;
        if (isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST')) throw this.#lose('taken');
        // Doing the work again could double it, should the commit have gone through.
        if (isSpotproofError(error, 'SPOTPROOF_STORE') && error.retryable) throw this.#lose('unanswered', error);
        throw error;
      }
    });
  }

  /** Stops renewing, without a word to the store: the key is free when the lease ends. */
  abandon(): void {
    this.#cancelHeartbeat();
    this.#cancelDeadline();
    this.#isOver = true;
  }

  get #holder(): Holder {
    return { key: this.key, token: this.#token, epoch: this.epoch };
  }

  get #patienceMs(): number {
    return Math.max(1, this.#leaseMs / 3);
  }

  #inTurn<R>(act: () => Promise<R>): Promise<R> {
    const turn = this.#queue.then(() => {
      if (this.#isOver) throw this.#loss ?? this.#lossOf('taken');
      return act();
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Another checkpoint under the same number could be overtaken by a copy of the last one that is still under way. */
  #assertSure(): void {
    if (this.#isUnsure) throw this.#loss ?? this.#lossOf('unanswered');
  }

  /** @returns When what was answered was sent. */
  async #write(send: () => Promise<HolderOutcome>, withinMs: number): Promise<number> {
    try {
      const { answer, sentAt } = await resend(send, { clock: this.#clock, withinMs, patienceMs: this.#patienceMs });
      if (answer === 'lost') throw this.#lose('taken');
      return sentAt;
    } catch (error) {
      if (isSpotproofError(error, 'SPOTPROOF_STORE') && error.retryable) this.#lose('unanswered', error);
      throw error;
    }
  }

  #settlementOf(end: End): Settlement {
    if (end.to !== 'pending') return end;
    const { snapshot, ...rest } = end;
    return { ...rest, checkpoint: snapshot === undefined || this.#isUnsure ? undefined : { ...snapshot, seq: this.#seq + 1 } };
  }

  #saved({ seq, data }: Checkpoint, startedAt: number): void {
    this.#seq = seq;
    publish('checkpoint', () => ({ key: this.key, epoch: this.epoch, seq, bytes: data.byteLength, durationMs: this.#clock.now() - startedAt }));
  }

  #settled(settlement: Settlement, startedAt: number): void {
    this.#isSettled = true;
    this.abandon();
    if (settlement.to === 'pending' && settlement.checkpoint !== undefined) this.#saved(settlement.checkpoint, startedAt);
    publish('settle', () => ({
      key: this.key,
      epoch: this.epoch,
      to: settlement.to,
      counts: settlement.to === 'pending' ? settlement.counts : undefined,
      seq: this.#seq,
      durationMs: this.#clock.now() - startedAt,
    }));
  }

  /** The store has put the end of the lease off, by a write that was sent then. */
  #extend(sentAt: number): void {
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#leaseMs);
    // Work that was told that it may have lost the key is on its way out.
    if (this.#loss !== undefined || this.#isOver) return;
    this.#cancelHeartbeat();
    this.#cancelDeadline();
    this.#cancelHeartbeat = this.#clock.schedule(sentAt + this.#leaseMs / 3 - this.#clock.now(), () => {
      void this.#renew();
      // Only now: most attempts are over before their first heartbeat.
      const leftMs = this.#validUntil - this.#clock.now();
      if (leftMs > 0) this.#cancelDeadline = this.#clock.schedule(leftMs, () => this.#lose('deadline'));
      else this.#lose('deadline');
    });
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const request = { ...this.#holder, leaseMs: this.#leaseMs };
    try {
      const { answer, sentAt } = await resend(() => this.#store.renew(request), {
        clock: this.#clock,
        withinMs: Math.max(this.leaseLeftMs(), 1),
        patienceMs: this.#patienceMs,
        isInBackground: true,
      });
      this.#isRenewing = false;
      // An answer to a renewal that the end of the attempt has overtaken.
      if (this.#isOver) return;
      if (answer === 'held') this.#extend(sentAt);
      else this.#lose('taken');
    } catch {
      this.#isRenewing = false;
      if (this.#isOver || this.#loss !== undefined) return;
      this.#cancelHeartbeat();
      this.#cancelHeartbeat = this.#clock.schedule(this.#patienceMs, () => void this.#renew());
    }
  }

  /** Tells the work, once. A key that is only thought to be lost may still be written: the store decides. */
  #lose(because: LossCause, cause?: unknown): SpotproofError {
    if (because === 'taken') this.abandon();
    if (because === 'unanswered') this.#isUnsure = true;
    if (this.#isSettled) return this.#lossOf(because, cause);
    if (this.#loss !== undefined) return this.#loss;
    this.#cancelHeartbeat();
    this.#cancelDeadline();
    this.#loss = this.#lossOf(because, cause);
    publish('lost', () => ({ key: this.key, epoch: this.epoch, because }));
    this.#abort(this.#loss);
    return this.#loss;
  }

  #abort(reason: SpotproofError): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(reason);
  }

  #lossOf(because: LossCause, cause?: unknown): SpotproofError {
    return new SpotproofError('SPOTPROOF_CLAIM_LOST', SENTENCES[because], {
      details: { key: this.key, because },
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

const SENTENCES: Readonly<Record<LossCause, string>> = {
  taken: 'Somebody else has the key now, or this attempt is over. Nothing was written; stop what this attempt is doing.',
  deadline:
    'The lease ended before the store answered, or while the event loop was blocked: somebody else may have the key. Stop what this attempt is doing.',
  unanswered: 'The store did not answer, so that nobody knows whether it wrote. Stop; the next attempt sees what is there.',
};

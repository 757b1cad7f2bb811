import { AsyncLocalStorage } from 'node:async_hooks';
import { SpotproofError, isSpotproofError, type Cancel, type Clock } from '@spotproof/core';
import { checkRequest } from '../check-request.ts';
import type { End, HeldClaim, Snapshot } from '../claim/held-claim.ts';
import type { Payloads } from '../payload/index.ts';
import type { ClaimStore, TransactionalStore } from '../store.ts';
import { encodeCheckpoint, type JobCheckpoint } from './checkpoint.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { JobContext } from './job-context.ts';
import type { AnyJob } from './job.ts';

/**
 * One attempt at a job: what the job sees of it, and the writing of its checkpoints. What the job calls are properties: `run({ input, step })` takes them out.
 */
export class JobAttempt implements JobContext<unknown, unknown> {
  readonly input: unknown;
  readonly #job: AnyJob;
  readonly #claim: HeldClaim;
  readonly #store: ClaimStore;
  readonly #payloads: Payloads;
  readonly #clock: Clock;
  #state: unknown;
  readonly #steps: Map<string, unknown>;
  readonly #begun = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();
  /** Counts what was saved; the state is written when `#written` has come up to it. */
  #changes = 0;
  #written = 0;
  #wroteAt: number;
  #writeTookMs = 0;
  #cancelLater: Cancel | undefined;
  #lateError: { readonly error: unknown } | undefined;
  #stepsUnderWay = 0;
  #whenQuiet: (() => void)[] = [];
  #release: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: {
    readonly job: AnyJob;
    readonly claim: HeldClaim;
    readonly store: ClaimStore;
    readonly payloads: Payloads;
    readonly clock: Clock;
    readonly checkpoint: JobCheckpoint & { readonly state: { readonly value: unknown } };
  }) {
    const { checkpoint } = options;
    this.#job = options.job;
    this.#claim = options.claim;
    this.#store = options.store;
    this.#payloads = options.payloads;
    this.#clock = options.clock;
    this.input = deepFreeze(checkpoint.input);
    this.#state = deepFreeze(checkpoint.state.value);
    this.#steps = new Map(checkpoint.steps);
    this.#wroteAt = options.clock.now();
  }

  get key(): string {
    return this.#claim.key;
  }

  get epoch(): number {
    return this.#claim.epoch;
  }

  get attempt(): number {
    return this.#claim.attempt;
  }

  get signal(): AbortSignal {
    return this.#claim.signal;
  }

  get state(): unknown {
    return this.#state;
  }

  readonly timeLeftMs = (): number => {
    return this.#claim.timeLeftMs();
  };

  readonly assertHeld = (): void => {
    this.#claim.assertHeld();
  };

  readonly effectKey = (step: string): string => {
    return this.#claim.effectKey(step);
  };

  readonly save = async (next: unknown): Promise<void> => {
    this.#assertOpen();
    this.#change(next);
    if (this.#mayGoNow) await this.#handOver();
    this.#claim.assertHeld();
    const waitMs = this.#wroteAt + Math.max(this.#job.checkpointEveryMs, this.#writeTookMs * WRITING_SHARE) - this.#clock.now();
    if (waitMs <= 0) await this.#write();
    else this.#writeLater(waitMs);
  };

  readonly flush = async (): Promise<void> => {
    this.#assertOpen();
    if (this.#mayGoNow) await this.#handOver();
    await this.#write();
  };

  readonly step = async <T>(name: string, act: (effectKey: string) => Promise<T> | T, next?: (result: T, state: unknown) => unknown): Promise<T> => {
    this.#begin(name);
    // Whoever wrote it under this name had this type.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (this.#steps.has(name)) return this.#steps.get(name) as T;
    if (next === undefined && this.#steps.size >= MOST_STEPS)
      throw misuse(
        `A job keeps the results of ${MOST_STEPS} steps at most. In a loop give step() its third argument, which moves the state on instead.`,
      );
    await this.#boundary();
    const result = await this.#doStep(name, act);
    if (next === undefined) {
      this.#steps.set(name, deepFreeze(result));
      this.#changes += 1;
    } else this.#change(next(result, this.#state));
    if (this.#mayGoNow) await this.#handOver();
    await this.#write();
    return result;
  };

  readonly commit = async <Tx, R>(
    store: TransactionalStore<Tx>,
    work: (tx: Tx) => Promise<R>,
    next: (result: R, state: unknown) => unknown,
  ): Promise<R> => {
    const own: ClaimStore = this.#store;
    if (own !== store) throw misuse('commit() needs the store that the worker runs on: in another one it cannot be one transaction.');
    this.#assertOpen();
    await this.#boundary();
    return await this.#underWay(() => this.#inTurn(() => this.#commitNow(store, work, next)));
  };

  readonly handOff = async (afterMs = 0): Promise<never> => {
    this.#assertOpen();
    checkRequest({ afterMs }, 0);
    if (this.#stepsUnderWay > 0) throw misuse('handOff() while a step is under way would lose what that does. Call it between steps.');
    if (!this.signal.aborted) this.#claim.interrupt();
    await this.release({ afterMs, counts: 'nothing' });
    throw this.signal.reason;
  };

  /** Gives the job back from what was last saved. What is under way is not waited for. */
  release({
    afterMs = 0,
    counts = 'interruption',
    withinMs,
  }: { afterMs?: number; counts?: 'interruption' | 'nothing'; withinMs?: number } = {}): Promise<void> {
    this.#release ??= this.#inTurn(async () => {
      this.close();
      const snapshot = await this.unwritten();
      await this.#claim.settle({ ...handOver(snapshot), afterMs, counts }, withinMs);
    });
    return this.#release;
  }

  /** Resolves when no step is under way. */
  async quiet(): Promise<void> {
    if (this.#stepsUnderWay === 0) return;
    await new Promise<void>((resolve) => this.#whenQuiet.push(resolve));
  }

  /** From now on the job can do nothing with this attempt any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelLater?.();
  }

  /** What was saved and is not written yet, to go with the end of the attempt; undefined as well if it cannot be written. */
  async unwritten(): Promise<Snapshot | undefined> {
    try {
      return this.#written < this.#changes ? await this.#snapshot(this.#state) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Steps that run beside the one that has just ended would lose what they did. */
  get #mayGoNow(): boolean {
    return this.#isInterrupted && this.#stepsUnderWay === 0;
  }

  get #isInterrupted(): boolean {
    return isSpotproofError(this.signal.reason, 'SPOTPROOF_INTERRUPTED');
  }

  /** Before something new begins. */
  async #boundary(): Promise<void> {
    if (this.#mayGoNow) await this.#handOver();
    if (this.#isInterrupted) throw this.signal.reason;
    this.#claim.assertHeld();
  }

  async #handOver(): Promise<never> {
    await this.release();
    throw this.signal.reason;
  }

  #assertOpen(): void {
    if (inTransaction.getStore() === this)
      throw misuse('In the work of commit() nothing else of the job can be written: the state goes with the transaction.');
    if (this.#lateError !== undefined) throw this.#lateError.error;
    if (!this.#isClosed) return;
    this.signal.throwIfAborted();
    throw misuse('This attempt is over: the job has returned. Wait for all that it begins before it does.');
  }

  #begin(name: string): void {
    this.#assertOpen();
    if (typeof name !== 'string' || name === '' || name.length > 200)
      throw misuse(`A step has a name of 1 to 200 characters, got ${JSON.stringify(name)}.`);
    if (this.#begun.has(name))
      throw misuse(`Step "${name}" was begun before in this attempt. Give each step its own name, the same in each attempt.`);
    this.#begun.add(name);
    // A loop may have millions; what it does twice, it does soon.
    if (this.#begun.size > MOST_NAMES) this.#begun.delete(this.#begun.values().next().value ?? '');
  }

  #change(next: unknown): void {
    this.#state = deepFreeze(next);
    this.#changes += 1;
  }

  async #doStep<T>(name: string, act: (effectKey: string) => Promise<T> | T): Promise<T> {
    try {
      return await this.#underWay(() => act(this.effectKey(name)));
    } catch (error) {
      // The job may try it again.
      this.#begun.delete(name);
      throw error;
    }
  }

  async #underWay<T>(act: () => Promise<T> | T): Promise<T> {
    this.#stepsUnderWay += 1;
    try {
      return await act();
    } finally {
      this.#stepsUnderWay -= 1;
      if (this.#stepsUnderWay === 0) for (const resolve of this.#whenQuiet.splice(0)) resolve();
    }
  }

  #writeLater(waitMs: number): void {
    this.#cancelLater ??= this.#clock.schedule(waitMs, () => {
      this.#cancelLater = undefined;
      this.#write().catch((error: unknown) => {
        // Told at the next call; a key that was lost is told by the signal as well.
        this.#lateError ??= { error };
      });
    });
  }

  /** Writes what was saved until now; one write does for all who wait for it. */
  #write(): Promise<void> {
    const upTo = this.#changes;
    return this.#inTurn(async () => {
      if (this.#written >= upTo) return;
      const changes = this.#changes;
      const startedAt = this.#clock.now();
      // Saves that come while this one is under way wait for their own.
      this.#wroteAt = startedAt;
      await this.#claim.save(await this.#snapshot(this.#state));
      this.#wrote(changes, startedAt);
    });
  }

  async #commitNow<Tx, R>(store: TransactionalStore<Tx>, work: (tx: Tx) => Promise<R>, next: (result: R, state: unknown) => unknown): Promise<R> {
    const startedAt = this.#clock.now();
    let moved: unknown;
    let changes = this.#changes;
    let isReleased = false;
    const { result } = await this.#claim.transact(
      store,
      async (tx) => {
        const result = await inTransaction.run(this, work, tx);
        moved = deepFreeze(next(result, this.#state));
        changes = this.#changes;
        return { result, snapshot: await this.#snapshot(moved) };
      },
      ({ snapshot }) => {
        isReleased = this.#isInterrupted && this.#stepsUnderWay === 1;
        return isReleased ? { settle: handOver(snapshot) } : { save: snapshot };
      },
    );
    // What was saved meanwhile is newer, and is written later.
    if (changes === this.#changes) this.#state = moved;
    this.#wrote(changes, startedAt);
    if (isReleased) {
      this.close();
      throw this.signal.reason;
    }
    return result;
  }

  async #snapshot(state: unknown): Promise<Snapshot> {
    const bytes = encodeCheckpoint({ input: this.input, state: { value: state }, steps: this.#steps });
    return { version: this.#job.version, data: await this.#payloads.pack(bytes) };
  }

  #wrote(changes: number, startedAt: number): void {
    this.#written = Math.max(this.#written, changes);
    this.#wroteAt = this.#clock.now();
    this.#writeTookMs = this.#wroteAt - startedAt;
    if (this.#written < this.#changes) return;
    this.#cancelLater?.();
    this.#cancelLater = undefined;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(act);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}

function misuse(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_MISUSE', sentence);
}

function handOver(snapshot: Snapshot | undefined): Extract<End, { readonly to: 'pending' }> {
  return { to: 'pending', afterMs: 0, counts: 'interruption', snapshot, result: NOTHING, keepMs: Infinity };
}

const inTransaction = new AsyncLocalStorage<JobAttempt>();
const NOTHING = new Uint8Array();
const MOST_STEPS = 1000;
const MOST_NAMES = 10_000;
/** A write waits for ten times as long as the last one took, so that large states do not spend the job's time. */
const WRITING_SHARE = 10;

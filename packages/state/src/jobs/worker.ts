import { SpotproofError, silentLogger, type Cancel, type Clock, type ConsumerLifecycle, type Logger } from '@spotproof/core';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { HeldClaim } from '../claim/held-claim.ts';
import { takeClaim } from '../claim/take-claim.ts';
import { backgroundClock, monotonicClock } from '../monotonic-clock.ts';
import { Payloads } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import { findDue, type DueJob } from './due-jobs.ts';
import type { JobAttempt } from './job-attempt.ts';
import type { AnyJob } from './job.ts';
import { release, runAttempt } from './run-attempt.ts';

export interface WorkerOptions {
  /** How many jobs run at once, 1 to 1000. Default 1. */
  readonly concurrency?: number;
  /**
   * Tells when the process is to stop; `createLifecycle()` of `@spotproof/runtime` is one. Without it call {@link Worker.stop}.
   */
  readonly lifecycle?: ConsumerLifecycle;
  /**
   * How often a worker with nothing to do asks the store, in milliseconds, 10 to 3,600,000: one `list` for each kind of job, somewhat earlier by chance. Also
   * how long a job that was handed over waits at most. Default 500.
   */
  readonly pollMs?: number;
  /** For states and outputs that are too large for the store. */
  readonly blobs?: BlobStore;
  readonly logger?: Logger;
  /** For tests. */
  readonly clock?: Clock;
}

/** Made by {@link runJobs}. */
export interface Worker extends AsyncDisposable {
  /** Keys of the records of the jobs that run now. */
  readonly running: readonly string[];
  /**
   * Takes no more jobs, and has those that run hand over at their next step. Safe to call again.
   *
   * @param graceMs When what has not come to a step by then is given back from its last checkpoint. Default 10 s.
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Runs jobs of these kinds from now on, whoever enqueued them.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function runJobs(store: ClaimStore, jobs: readonly AnyJob[], options: WorkerOptions = {}): Worker {
  const { concurrency = 1, pollMs = 500 } = options;
  checkNumber('concurrency', concurrency, 1, 1000);
  checkNumber('pollMs', pollMs, 10, 3_600_000);
  if (jobs.length === 0) throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', 'runJobs() needs at least one job. Pass what defineJob() made.');
  if (new Set(jobs.map(({ kind }) => kind)).size < jobs.length)
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', 'Two of the jobs have the same name. Give each its own.');
  return new PollingWorker(store, jobs, { ...options, concurrency, pollMs });
}

/** Something that was taken, from before the store was asked for it. */
interface Slot {
  readonly key: string;
  claim: HeldClaim | undefined;
  attempt: JobAttempt | undefined;
  /** It could not be given back: its key is no longer renewed, and nobody else has it before the lease has ended. */
  isLetGo: boolean;
}

class PollingWorker implements Worker {
  readonly #store: ClaimStore;
  readonly #jobs: readonly AnyJob[];
  readonly #concurrency: number;
  readonly #pollMs: number;
  readonly #payloads: Payloads;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #attemptClock: Clock;
  readonly #slots = new Map<string, Slot>();
  readonly #handle: { changed(): void } | undefined;
  #isStopping = false;
  #listErrors = 0;
  readonly #cursors = new Map<string, string>();
  #found: DueJob[] = [];
  #foundAny = false;
  #lookAt = -Infinity;
  #wake: (() => void) | undefined;
  #leaveLook: (() => void) | undefined;
  #whenIdle: (() => void)[] = [];
  readonly #loop: Promise<void>;

  constructor(store: ClaimStore, jobs: readonly AnyJob[], options: WorkerOptions & { readonly concurrency: number; readonly pollMs: number }) {
    const { lifecycle, blobs, logger = silentLogger, clock } = options;
    this.#store = store;
    this.#jobs = jobs;
    this.#concurrency = options.concurrency;
    this.#pollMs = options.pollMs;
    this.#payloads = new Payloads({ store, blobs });
    this.#logger = logger;
    // A worker keeps its process alive, until it is stopped.
    this.#clock = clock ?? monotonicClock;
    this.#attemptClock = clock ?? backgroundClock;
    this.#handle = lifecycle?.consumer('jobs', {
      stop: () => this.#interrupt(),
      drained: () => this.#idle(),
      handBack: () => this.#giveBack(),
      running: () => this.running,
    });
    if (lifecycle?.draining.aborted) this.#interrupt();
    this.#loop = this.#work();
  }

  get running(): readonly string[] {
    return [...this.#slots.values()].filter((slot) => slot.isLetGo || isHeld(slot)).map(({ key }) => key);
  }

  async stop(graceMs = 10_000): Promise<void> {
    this.#interrupt();
    const cancel = this.#clock.schedule(graceMs, () => void this.#giveBack());
    await this.#idle();
    cancel();
    await this.#loop;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) {
      if (this.#free > 0 && this.#clock.now() >= this.#lookAt) await this.#look();
      if (this.#isStopping) break;
      const batch = this.#found.splice(0, this.#free).filter(({ key }) => !this.#slots.has(key));
      await Promise.all(batch.map((due) => this.#take(due)));
      // Others were faster: there may be more where those came from.
      if (this.#found.length > 0 && this.#free > 0) continue;
      await this.#pause();
    }
  }

  async #look(): Promise<void> {
    this.#found = await this.#find();
    this.#foundAny = this.#found.length > 0;
    // Somewhat less than the interval, so that workers that began together do not ask together.
    const waitMs = Math.max(this.#pollMs, Math.min(LONGEST_WAIT_MS, this.#pollMs * 2 ** Math.min(10, this.#listErrors)));
    this.#lookAt = this.#clock.now() + waitMs * (0.75 + Math.random() / 4);
  }

  async #find(): Promise<DueJob[]> {
    try {
      const look = findDue(this.#store, this.#jobs, { atLeast: this.#free, isTaken: (key) => this.#slots.has(key), cursors: this.#cursors });
      const found = await this.#answered(look);
      this.#listErrors = 0;
      return found;
    } catch (error) {
      this.#listErrors += 1;
      this.#logger.warn({ err: error, inARow: this.#listErrors }, 'the store could not be asked for jobs');
      return [];
    }
  }

  /** Nothing is found when the worker stops before the answer is there. */
  async #answered(look: Promise<DueJob[]>): Promise<DueJob[]> {
    let cancel: Cancel = () => {};
    try {
      return await new Promise((resolve, reject) => {
        // Not every client gives a dead connection up.
        cancel = this.#clock.schedule(LOOK_WITHIN_MS, () =>
          reject(new SpotproofError('SPOTPROOF_STORE', `The store gave no answer within ${LOOK_WITHIN_MS} ms. Give its client a timeout.`)),
        );
        this.#leaveLook = () => resolve([]);
        look.then(resolve, reject);
      });
    } finally {
      cancel();
      this.#leaveLook = undefined;
    }
  }

  async #take({ job, key }: DueJob): Promise<void> {
    const slot: Slot = { key, claim: undefined, attempt: undefined, isLetGo: false };
    this.#slots.set(key, slot);
    try {
      const taken = await takeClaim(
        this.#store,
        { key, leaseMs: job.leaseMs, keepMs: Infinity, create: undefined, fingerprint: undefined, version: job.version },
        { clock: this.#attemptClock },
      );
      if (taken.outcome !== 'won') return this.#give(slot);
      slot.claim = taken.claim;
    } catch (error) {
      this.#logger.warn({ err: error, job: job.name, key }, 'the store could not be asked for a job');
      return this.#give(slot);
    }
    this.#handle?.changed();
    if (this.#isStopping) slot.claim.interrupt();
    void this.#run(job, slot, slot.claim);
  }

  async #run(job: AnyJob, slot: Slot, claim: HeldClaim): Promise<void> {
    const begun = (attempt: JobAttempt): void => {
      slot.attempt = attempt;
      // Taken in the last moment: nothing has begun, and nothing needs to.
      if (claim.signal.aborted) claim.signal.throwIfAborted();
    };
    await runAttempt({ job, claim, begun, store: this.#store, payloads: this.#payloads, clock: this.#attemptClock, logger: this.#logger });
    this.#give(slot);
    // The last look has found something, so that another one may.
    if (this.#foundAny) this.#lookAt = this.#clock.now();
    this.#wake?.();
  }

  get #free(): number {
    return this.#concurrency - this.#slots.size;
  }

  #give(slot: Slot): void {
    this.#slots.delete(slot.key);
    this.#handle?.changed();
    this.#noteIdle();
  }

  #interrupt(): void {
    this.#isStopping = true;
    for (const { claim } of this.#slots.values()) claim?.interrupt();
    this.#leaveLook?.();
    this.#wake?.();
  }

  /** @returns The keys of what was given back. */
  async #giveBack(): Promise<readonly string[]> {
    const left = [...this.#slots.values()].filter(isHeld);
    const given = await Promise.all(
      left.map(async (slot) => {
        const { key, claim, attempt } = slot;
        // A release that its step has begun may go on, but is not waited for any longer.
        const cancel = this.#clock.schedule(GIVE_BACK_WITHIN_MS, () => this.#letGo(slot));
        try {
          await (attempt === undefined ? release(claim, GIVE_BACK_WITHIN_MS) : attempt.release({ withinMs: GIVE_BACK_WITHIN_MS }));
          return [key];
        } catch (error) {
          this.#logger.warn({ err: error, key }, 'a job could not be given back; it goes on when its lease has ended');
          this.#letGo(slot);
          return [];
        } finally {
          cancel();
        }
      }),
    );
    this.#handle?.changed();
    this.#noteIdle();
    return given.flat();
  }

  #letGo(slot: Slot & { readonly claim: HeldClaim }): void {
    slot.isLetGo = true;
    slot.claim.abandon();
    this.#noteIdle();
  }

  /** Resolves when nothing that was taken is held any more. Code of a job that was given back may still run. */
  async #idle(): Promise<void> {
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  get #isIdle(): boolean {
    return [...this.#slots.values()].every((slot) => slot.claim !== undefined && !isHeld(slot));
  }

  #noteIdle(): void {
    if (this.#isIdle) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Until it is time to look again, or a job has ended. */
  async #pause(): Promise<void> {
    if (this.#isStopping) return;
    let cancel: Cancel = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      // With no slot free there is nothing to look for; the timer keeps the process alive all the same.
      cancel = this.#clock.schedule(this.#free > 0 ? this.#lookAt - this.#clock.now() : LONGEST_WAIT_MS, resolve);
    });
    this.#wake = undefined;
    cancel();
  }
}

/** Neither settled nor lost. */
function isHeld(slot: Slot): slot is Slot & { readonly claim: HeldClaim } {
  return slot.claim !== undefined && slot.claim.leaseLeftMs() > 0;
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${name} must be a whole number from ${least} to ${most}, got ${String(value)}.`);
}

/** Little is left of the budget when what is left is given back. */
const GIVE_BACK_WITHIN_MS = 2000;
const LONGEST_WAIT_MS = 30_000;
const LOOK_WITHIN_MS = 30_000;

import { SpotproofError, silentLogger, type Cancel, type Clock, type ConsumerLifecycle, type Logger } from '@spotproof/core';
import type { Claim } from '../claim/claim.ts';
import type { HeldClaim } from '../claim/held-claim.ts';
import { backgroundClock, monotonicClock } from '../monotonic-clock.ts';
import type { ClaimStore } from '../store.ts';
import { RELEASED, checkedTerms, takeLease, type LeaseTerms } from './take-lease.ts';

export interface LeadOptions extends LeaseTerms {
  /**
   * What the leader does, until `leader.signal` is aborted. When it returns or throws, leadership is released, and contended for again.
   */
  readonly run: (leader: Claim) => Promise<void>;
  /** Tells when the process is to stop. Without it call {@link Candidate.stop}. */
  readonly lifecycle?: ConsumerLifecycle;
  /** How often a process that does not lead asks, in milliseconds, 10 to 3,600,000: one claim, somewhat earlier by chance. Default 1000. */
  readonly pollMs?: number;
  readonly logger?: Logger;
  /** For tests. */
  readonly clock?: Clock;
}

/** Made by {@link lead}. */
export interface Candidate extends AsyncDisposable {
  readonly isLeader: boolean;
  /**
   * Contends no more, and tells the leader's work to end.
   *
   * @param graceMs When leadership is released though the work has not ended. Default 10 s.
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Does something in one process of all that call this with the same name: whoever leads, until it is gone, and then another.
 *
 * At most one leads by the store's account. The work of one that has lost leadership and does not know yet may overlap with that of the next: what it writes
 * elsewhere should carry `leader.epoch`, and be refused there if a higher one was seen.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function lead(store: ClaimStore, options: LeadOptions): Candidate {
  const { pollMs = 1000 } = options;
  if (!Number.isSafeInteger(pollMs) || pollMs < 10 || pollMs > 3_600_000)
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `pollMs must be a whole number from 10 to 3600000, got ${String(pollMs)}.`);
  if (typeof options.run !== 'function')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `run of lease "${options.name}" must be a function, got ${typeof options.run}.`);
  return new PollingCandidate(store, { ...options, ...checkedTerms(options), pollMs });
}

class PollingCandidate implements Candidate {
  readonly #store: ClaimStore;
  readonly #options: LeadOptions & Required<LeaseTerms> & { readonly pollMs: number };
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #handle: { changed(): void } | undefined;
  #claim: HeldClaim | undefined;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #whenFree: (() => void)[] = [];
  #isAsking = false;

  constructor(store: ClaimStore, options: LeadOptions & Required<LeaseTerms> & { readonly pollMs: number }) {
    const { lifecycle, logger = silentLogger, clock = monotonicClock, name } = options;
    this.#store = store;
    this.#options = options;
    this.#logger = logger;
    this.#clock = clock;
    this.#handle = lifecycle?.consumer(`leader ${name}`, {
      stop: () => this.#interrupt(),
      drained: () => this.#free(),
      handBack: () => this.#giveBack(),
      running: () => (this.isLeader ? [name] : []),
    });
    if (lifecycle?.draining.aborted) this.#interrupt();
    void this.#contend();
  }

  get isLeader(): boolean {
    return this.#claim !== undefined && this.#claim.timeLeftMs() > 0;
  }

  async stop(graceMs = 10_000): Promise<void> {
    this.#interrupt();
    const cancel = this.#clock.schedule(graceMs, () => void this.#giveBack());
    await this.#free();
    cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #contend(): Promise<void> {
    while (!this.#isStopping) {
      const claim = await this.#ask();
      if (claim !== undefined) await this.#lead(claim);
      this.#noteFree();
      await this.#pause();
    }
  }

  async #ask(): Promise<HeldClaim | undefined> {
    this.#isAsking = true;
    try {
      const taken = await takeLease(this.#store, { ...this.#options, clock: this.#options.clock ?? backgroundClock });
      return 'retryAfterMs' in taken ? undefined : taken;
    } catch (error) {
      this.#logger.warn({ err: error, lease: this.#options.name }, 'the store could not be asked who leads');
      return undefined;
    } finally {
      this.#isAsking = false;
    }
  }

  async #lead(claim: HeldClaim): Promise<void> {
    const facts = { lease: this.#options.name, epoch: claim.epoch };
    this.#claim = claim;
    if (this.#isStopping) claim.interrupt();
    this.#handle?.changed();
    try {
      if (!this.#isStopping) {
        this.#logger.info(facts, 'leads');
        await this.#options.run(claim);
      }
    } catch (error) {
      // What the work makes of the signal is no news.
      if (!claim.signal.aborted) this.#logger.error({ ...facts, err: error }, 'the work of the leader failed');
    }
    await this.#release(claim);
    this.#claim = undefined;
    this.#handle?.changed();
    this.#logger.info(facts, 'leads no more');
  }

  async #release(claim: HeldClaim, withinMs?: number): Promise<void> {
    try {
      // Its own lease may have ended, and nobody else have come.
      if (claim.leaseLeftMs() > 0) await claim.settle(RELEASED, withinMs);
    } catch (error) {
      this.#logger.warn({ err: error, lease: this.#options.name }, 'leadership could not be released; it ends with the lease');
    } finally {
      claim.abandon();
    }
  }

  #interrupt(): void {
    this.#isStopping = true;
    this.#claim?.interrupt();
    this.#wake?.();
  }

  async #giveBack(): Promise<readonly string[]> {
    const claim = this.#claim;
    if (claim === undefined || claim.leaseLeftMs() === 0) return [];
    // A release that the end of the work has begun may go on, but is not waited for any longer.
    const cancel = this.#clock.schedule(GIVE_BACK_WITHIN_MS, () => {
      claim.abandon();
      this.#noteFree();
    });
    await this.#release(claim, GIVE_BACK_WITHIN_MS);
    cancel();
    this.#noteFree();
    return [this.#options.name];
  }

  get #isFree(): boolean {
    return !this.#isAsking && (this.#claim === undefined || this.#claim.leaseLeftMs() === 0);
  }

  async #free(): Promise<void> {
    if (!this.#isFree) await new Promise<void>((resolve) => this.#whenFree.push(resolve));
  }

  #noteFree(): void {
    if (this.#isFree) for (const resolve of this.#whenFree.splice(0)) resolve();
  }

  async #pause(): Promise<void> {
    if (this.#isStopping) return;
    let cancel: Cancel = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      cancel = this.#clock.schedule(this.#options.pollMs * (0.75 + Math.random() / 4), resolve);
    });
    this.#wake = undefined;
    cancel();
  }
}

/** Little is left of the budget by then. */
const GIVE_BACK_WITHIN_MS = 2000;

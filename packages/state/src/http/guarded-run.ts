import { isSpotproofError, type Cancel } from '@spotproof/core';
import type { Claim } from '../claim/claim.ts';
import type { HeldClaim } from '../claim/held-claim.ts';
import { backgroundClock } from '../monotonic-clock.ts';
import { keepResult } from '../once/keep-result.ts';
import { encodeError, inline, type Payloads } from '../payload/index.ts';
import type { Answer, Header } from './answer.ts';
import type { HttpSettings } from './options.ts';
import type { ProblemCode, ProblemOptions } from './problem.ts';
import { replayed } from './replayed-headers.ts';
import { encodeResponse } from './stored-response.ts';

type Settings = Pick<HttpSettings<never>, 'headers' | 'keepStatus' | 'keepMs' | 'maxRunMs' | 'storeTimeoutMs'>;

/** One run of a handler, from the claim to the moment at which its response may leave. Ends once; what comes later changes nothing. */
export class GuardedRun {
  readonly #claim: HeldClaim;
  readonly #payloads: Payloads;
  readonly #settings: Settings;
  readonly #problem: (code: ProblemCode, options?: Omit<ProblemOptions, 'docs'>) => Answer;
  readonly #cancelLimit: Cancel;
  #hasEnded = false;

  constructor(
    claim: HeldClaim,
    payloads: Payloads,
    settings: Settings,
    problem: (code: ProblemCode, options?: Omit<ProblemOptions, 'docs'>) => Answer,
  ) {
    this.#claim = claim;
    this.#payloads = payloads;
    this.#settings = settings;
    this.#problem = problem;
    // Somebody whose client is gone may never answer, and would hold the key as long as the process lives.
    this.#cancelLimit = backgroundClock.schedule(settings.maxRunMs, () => claim.abandon());
  }

  get claim(): Claim {
    return this.#claim;
  }

  /**
   * Records the response. To be called before its first byte leaves.
   *
   * @returns What to send instead; undefined: the response may leave.
   */
  finish({ status, headers, body }: Answer): Promise<Answer | undefined> {
    return this.#finish(status, headers, body);
  }

  /** The same for a response whose body is not kept: what is recorded is that the request was carried out. */
  finishWithoutBody({ status, headers }: Omit<Answer, 'body'>): Promise<Answer | undefined> {
    return this.#finish(status, headers, undefined);
  }

  /** The handler has failed without a response. The key is free. */
  async fail(error: unknown): Promise<void> {
    if (this.#begunToEnd()) await this.#release(error);
  }

  /** For the handler that failed and has sent nothing. */
  get failure(): Answer {
    return this.#problem('idempotency-handler-failed');
  }

  async #finish(status: number, headers: Iterable<Header>, body: Uint8Array | undefined): Promise<Answer | undefined> {
    if (!this.#begunToEnd()) return undefined;
    try {
      if (!this.#settings.keepStatus(status)) {
        await this.#release(new Error(`The handler answered ${status}.`));
        return undefined;
      }
    } catch (error) {
      // Of the app's own function, which nobody else hears of.
      await this.#release(error);
      return this.failure;
    }
    const head = { status, headers: replayed(headers, this.#settings.headers) };
    const recorded = keepResult(this.#claim, {
      seal: () =>
        body === undefined ? Promise.resolve(inline(encodeResponse({ ...head, body }))) : this.#payloads.pack(encodeResponse({ ...head, body })),
      sealWithout: () => inline(encodeResponse({ ...head, body: undefined })),
      keepMs: this.#settings.keepMs,
      // Goes on behind the answer: whoever asks again then finds what was done.
      withinMs: RECORD_WITHIN_MS,
    });
    try {
      return (await this.#inTime(recorded)) ? undefined : this.#unknown;
    } catch (error) {
      this.#claim.abandon();
      if (isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST')) return this.#problem('idempotency-request-overtaken', { retryAfterSeconds: 1 });
      return this.#unknown;
    }
  }

  get #unknown(): Answer {
    return this.#problem('idempotency-outcome-unknown', { retryAfterSeconds: 1 });
  }

  async #release(error: unknown): Promise<void> {
    const { keepMs } = this.#settings;
    const end = { to: 'pending', afterMs: 0, counts: 'failure', snapshot: undefined, result: encodeError(error), keepMs } as const;
    try {
      await this.#inTime(this.#claim.settle(end));
    } catch {
      // Lost, or the store is away: the key is free when the lease ends.
      this.#claim.abandon();
    }
  }

  /** False if it takes longer than a client should wait. */
  async #inTime(act: Promise<void>): Promise<boolean> {
    let cancel: Cancel = () => {};
    const late = new Promise<false>((resolve) => {
      cancel = backgroundClock.schedule(this.#settings.storeTimeoutMs, () => resolve(false));
    });
    try {
      return await Promise.race([act.then(() => true), late]);
    } finally {
      cancel();
    }
  }

  #begunToEnd(): boolean {
    const isFirst = !this.#hasEnded;
    this.#hasEnded = true;
    this.#cancelLimit();
    return isFirst;
  }
}

const RECORD_WITHIN_MS = 300_000;

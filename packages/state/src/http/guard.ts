import { isSpotproofError } from '@spotproof/core';
import { lossRefusal } from '../external-effects.ts';
import { checkedParts } from '../once/options.ts';
import { takeWhenFree } from '../once/take-when-free.ts';
import { digestOf, Payloads } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import type { Answer } from './answer.ts';
import { GuardedRun } from './guarded-run.ts';
import { parseKey } from './idempotency-key.ts';
import { httpSettings, type HttpIdempotencyOptions, type HttpSettings } from './options.ts';
import { problem, type ProblemCode, type ProblemOptions } from './problem.ts';
import { decodeResponse } from './stored-response.ts';

/** Before its body is read. `pass`: not a request that is done once. */
export type Admission = { readonly kind: 'pass' } | { readonly kind: 'key'; readonly key: string } | Answered;

/** `run`: nobody has done it, and this process has the key. */
export type Verdict = { readonly kind: 'run'; readonly run: GuardedRun } | Answered;

interface Answered {
  readonly kind: 'answer';
  readonly answer: Answer;
}

export interface RequestParts {
  readonly key: string;
  readonly method: string;
  /** The template of the route where it is known, otherwise the path: the same key on another route is another operation. */
  readonly route: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** A digest of the body. */
  readonly bodyDigest: string;
}

/** What all frameworks share: decides what becomes of a request, and what a client is told. */
export class HttpGuard<Request> {
  readonly settings: HttpSettings<Request>;
  readonly #store: ClaimStore;
  readonly #payloads: Payloads;
  readonly #refuseLoss: () => Promise<void> | undefined;

  /** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
  constructor(store: ClaimStore, options: HttpIdempotencyOptions<Request>) {
    this.settings = httpSettings(options);
    this.#store = store;
    this.#payloads = new Payloads({ store, blobs: options.overflow });
    this.#refuseLoss = lossRefusal(store, options, this.settings.storeTimeoutMs);
  }

  /** @param keys Each header `Idempotency-Key`. */
  admit(request: Request, method: string, keys: readonly string[]): Admission {
    if (!this.settings.methods.includes(method)) return { kind: 'pass' };
    const parsed = parseKey(keys);
    if (parsed === undefined) return this.settings.isRequired(request) ? this.#answer('idempotency-key-missing') : { kind: 'pass' };
    return 'key' in parsed ? { kind: 'key', key: parsed.key } : this.#answer('idempotency-key-malformed', { detail: parsed.wrong });
  }

  get bodyTooLarge(): Answer {
    const { maxBodyBytes } = this.settings;
    return this.problem('idempotency-body-too-large', {
      detail: `A body has ${maxBodyBytes} bytes at most here. Nothing was done.`,
      members: { maxBodyBytes },
    });
  }

  /** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` when `scope` returns nothing; and what `scope` throws. */
  async begin(request: Request, { key: sentKey, method, route, target, bodyDigest }: RequestParts): Promise<Verdict> {
    const { name, leaseMs, keepMs, waitMs, storeTimeoutMs } = this.settings;
    const scope = checkedParts('scope', await this.settings.scope(request));
    const key = digestOf(JSON.stringify(['http', name, scope, method, route, sentKey]));
    const fingerprint = digestOf(JSON.stringify([method, target, bodyDigest]));
    const create = { kind: `http:${name}`, fingerprint, version: VERSION, data: NOTHING };
    try {
      await this.#refuseLoss();
      const taken = await takeWhenFree(
        this.#store,
        { key, leaseMs, keepMs, create, fingerprint, version: VERSION },
        { waitMs, withinMs: storeTimeoutMs },
      );
      switch (taken.outcome) {
        case 'won':
          return { kind: 'run', run: new GuardedRun(taken.claim, this.#payloads, this.settings, (code, options) => this.problem(code, options)) };
        case 'busy':
          return this.#answer('idempotency-request-running', { retryAfterSeconds: 1 });
        case 'mismatch':
          return this.#answer('idempotency-key-reused');
        case 'done':
        case 'failed':
          return await this.#replay(taken.result);
        case 'newer':
        case 'absent':
          return this.#answer('idempotency-store-unavailable', { retryAfterSeconds: 1 });
      }
    } catch (error) {
      if (!isSpotproofError(error, 'SPOTPROOF_STORE')) throw error;
      return this.#answer('idempotency-store-unavailable', { retryAfterSeconds: 1 });
    }
  }

  problem(code: ProblemCode, options: Omit<ProblemOptions, 'docs'> = {}): Answer {
    return problem(code, { ...options, docs: this.settings.docs });
  }

  async #replay(result: Uint8Array): Promise<Answered> {
    try {
      const payload = await this.#payloads.unpack(result);
      if (payload.kind === 'omitted') return this.#answer('idempotency-response-not-kept');
      const { status, headers, body } = decodeResponse(payload.bytes);
      if (body === undefined) return this.#answer('idempotency-response-not-kept', { members: { responseStatus: status } });
      return { kind: 'answer', answer: { status, headers: [...headers, ['idempotency-replayed', 'true']], body } };
    } catch (error) {
      // Gone for good, or not what was written: it is done all the same.
      if (isSpotproofError(error, 'SPOTPROOF_STORE') && !error.retryable) return this.#answer('idempotency-response-not-kept');
      throw error;
    }
  }

  #answer(code: ProblemCode, options: Omit<ProblemOptions, 'docs'> = {}): Answered {
    return { kind: 'answer', answer: this.problem(code, options) };
  }
}

const NOTHING = new Uint8Array();
/** Of what is kept in a record here. */
const VERSION = 1;

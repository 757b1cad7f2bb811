import { SpotproofError } from '@spotproof/core';
import type { HeldClaim } from '../claim/held-claim.ts';
import { lossRefusal } from '../external-effects.ts';
import { decodeError, digestOf, encodeError, fingerprintOf, jsonCodec, Payloads, type Codec } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import { checkOnceOptions, checkedParts, type OnceOptions } from './options.ts';
import { takeWhenFree } from './take-when-free.ts';

/** The function, and the key under which a call's record is in the store: for whoever looks there. */
export type OnceFunction<A extends readonly unknown[], R> = ((...args: A) => Promise<R>) & { readonly keyOf: (...args: A) => string };

/** One attempt at the work. */
export interface Attempt<A> {
  readonly claim: HeldClaim;
  readonly args: A;
  readonly keepMs: number;
  /** Frees the key, or keeps the error, when `act` throws. */
  readonly released: <T>(act: () => Promise<T>) => Promise<T>;
}

/**
 * What all functions have in common that do a key once.
 *
 * @param attempt Does the work and records its result.
 */
export function onceFunction<A extends readonly unknown[], R>(
  store: ClaimStore,
  options: Omit<OnceOptions<A, R>, 'run'> & { readonly run: unknown },
  attempt: (attempt: Attempt<A>) => Promise<R>,
): OnceFunction<A, R> {
  checkOnceOptions(options);
  const refuseLoss = lossRefusal(store, options);
  const { onBusy, keepError, lifecycle } = options;
  const { leaseMs = 30_000, keepMs = 86_400_000, codec = jsonCodec<R>() } = options;
  const payloads = new Payloads({ store, blobs: options.blobs });
  const identify = identification(options);
  const kind = `once:${options.name}`;
  const waitMs = typeof onBusy === 'object' ? onBusy.waitMs : 0;

  const call = async (...args: A): Promise<R> => {
    // Before anything else: what the work does to its arguments changes nothing any more.
    const { key, fingerprint } = identify(args);
    if (lifecycle?.stop.aborted === true) throw stopping();
    const asked = refuseLoss();
    if (asked !== undefined) await asked;
    const create = { kind, fingerprint: fingerprint ?? '', version: VERSION, data: NOTHING };
    const request = { key, leaseMs, keepMs, create, fingerprint, version: VERSION };
    const taken = await takeWhenFree(store, request, { waitMs, stop: lifecycle?.stop });
    switch (taken.outcome) {
      case 'won':
        return await attend(taken.claim, args);
      case 'done':
        return replay(await payloads.unpack(taken.result), codec);
      case 'failed':
        throw failure(taken.result);
      case 'busy':
        throw busy(taken.retryAfterMs);
      case 'mismatch':
        throw new SpotproofError(
          'SPOTPROOF_KEY_REUSED',
          'This key was used before, with another input. Use a new key for new work. Nothing was done.',
        );
      case 'newer':
      case 'absent':
        throw new SpotproofError('SPOTPROOF_STORE', NEWER, { retryable: true });
    }
  };

  const attend = async (claim: HeldClaim, args: A): Promise<R> => {
    const interrupt = (): void => claim.interrupt();
    lifecycle?.stop.addEventListener('abort', interrupt, { once: true });
    try {
      if (lifecycle?.stop.aborted === true) return await released(claim, () => Promise.reject(stopping()));
      return await attempt({ claim, args, keepMs, released: (act) => released(claim, act) });
    } finally {
      lifecycle?.stop.removeEventListener('abort', interrupt);
      claim.abandon();
    }
  };

  const released = async <T>(claim: HeldClaim, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      await release(claim, error);
      throw error;
    }
  };

  /** The error of the work counts, whatever becomes of this. */
  const release = async (claim: HeldClaim, error: unknown): Promise<void> => {
    const isInterrupted = lifecycle?.stop.aborted === true;
    const result = encodeError(error);
    try {
      if (!isInterrupted && keepError?.(error) === true) await claim.settle({ to: 'failed', result, keepMs });
      else await claim.settle({ to: 'pending', afterMs: 0, counts: isInterrupted ? 'interruption' : 'failure', snapshot: undefined, result, keepMs });
    } catch {
      // Lost, or the store is away: the key is free when the lease ends.
    }
  };

  return Object.assign(call, { keyOf: (...args: A) => identify(args).key });
}

function identification<A extends readonly unknown[]>({
  name,
  scope,
  key,
  fingerprint,
}: Pick<OnceOptions<A, unknown>, 'name' | 'scope' | 'key' | 'fingerprint'>): (args: A) => {
  readonly key: string;
  readonly fingerprint: string | undefined;
} {
  // Given<A> is A, which TypeScript cannot know of a type that is not known yet.
  const ask = (question: (...args: never) => unknown, args: A): unknown => Reflect.apply(question, undefined, args);
  return (args) => ({
    key: digestOf(JSON.stringify(['once', name, checkedParts('scope', ask(scope, args)), checkedParts('key', ask(key, args))])),
    fingerprint: fingerprint === false ? undefined : fingerprintOf(fingerprint === undefined ? args : ask(fingerprint, args)),
  });
}

function replay<R>(kept: Awaited<ReturnType<Payloads['unpack']>>, codec: Codec<R>): R {
  if (kept.kind === 'omitted')
    throw new SpotproofError(
      'SPOTPROOF_NOT_STORABLE',
      `The work under this key is done, and is not done again; its result was not kept: ${kept.reason}`,
      {
        details: { done: true },
      },
    );
  try {
    return codec.decode(kept.bytes);
  } catch (error) {
    throw new SpotproofError('SPOTPROOF_STORE', 'The work under this key is done; its result was written by another codec than this one.', {
      cause: error,
    });
  }
}

function stopping(): SpotproofError {
  return new SpotproofError('SPOTPROOF_INTERRUPTED', 'This process is stopping. The work was not begun.', { retryable: true });
}

function busy(retryAfterMs: number): SpotproofError {
  return new SpotproofError('SPOTPROOF_CLAIM_BUSY', 'Somebody else is at work on this key. Call again later, or give onBusy: { waitMs }.', {
    retryable: true,
    details: { retryAfterMs: Math.ceil(retryAfterMs) },
  });
}

function failure(result: Uint8Array): SpotproofError {
  const { name, message, code } = decodeError(result);
  const cause = Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
  return new SpotproofError('SPOTPROOF_WORK_FAILED', `The work under this key has failed for good: ${message}`, {
    details: { name, message, ...(code === undefined ? {} : { code }) },
    cause,
  });
}

const NEWER = 'The record of this key was written by a newer version of Spotproof, which must have it. Nothing was done.';
const NOTHING = new Uint8Array();
/** Of what `once` keeps in a record. */
const VERSION = 1;

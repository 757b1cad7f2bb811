import { SpotproofError, isSpotproofError } from '@spotproof/core';
import type { HeldClaim } from '../claim/held-claim.ts';
import { decodeError, digestOf, encodeError, fingerprintOf, jsonCodec, omitted, Payloads, type Codec } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import { keepResult } from './keep-result.ts';
import { checkOnceOptions, checkedParts, type OnceOptions } from './options.ts';
import { takeWhenFree } from './take-when-free.ts';

/** The function, and the key under which a call's record is in the store: for whoever looks there. */
export type OnceFunction<A extends readonly unknown[], R> = ((...args: A) => Promise<R>) & { readonly keyOf: (...args: A) => string };

/**
 * Makes a function of which each key is done once: the first call does the work and its result is kept; a later one, in whatever process, is answered with
 * that result. Killed in the middle, the work is free for another call after the lease; that one does it again, under the same effect keys.
 *
 * What is thrown by the function that this returns, besides what `run` throws, are SpotproofErrors:
 * - `SPOTPROOF_CLAIM_BUSY`: somebody else is at work on the key; `details.retryAfterMs` says when its lease ends.
 * - `SPOTPROOF_KEY_REUSED`: the key was used before, with another input.
 * - `SPOTPROOF_WORK_FAILED`: an error that `keepError` has kept.
 * - `SPOTPROOF_NOT_STORABLE`: the work is done, and its result could not be kept; or, before anything is done, an argument that cannot be compared.
 * - `SPOTPROOF_CLAIM_LOST`: this call took longer than it held the key, and another one has it. What that one records counts.
 * - `SPOTPROOF_INTERRUPTED`: the process is stopping, and the work was not begun.
 * - `SPOTPROOF_STORE`, `SPOTPROOF_CONFIG_INVALID`.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const charge = once(store, {
 *   name: 'charge',
 *   scope: (order) => order.accountId,
 *   key: (order) => order.id,
 *   run: (claim, order) => payments.charge(order.cents, { idempotencyKey: claim.effectKey('charge') }),
 * });
 */
export function once<A extends readonly unknown[], R>(store: ClaimStore, options: OnceOptions<A, R>): OnceFunction<A, R> {
  checkOnceOptions(options);
  const { run, onBusy, keepError, lifecycle } = options;
  const { leaseMs = 30_000, keepMs = 86_400_000, codec = jsonCodec<R>() } = options;
  const payloads = new Payloads({ store, blobs: options.blobs });
  const identify = identification(options);
  const kind = `once:${options.name}`;
  const waitMs = typeof onBusy === 'object' ? onBusy.waitMs : 0;

  const call = async (...args: A): Promise<R> => {
    // Before anything else: what the work does to its arguments changes nothing any more.
    const { key, fingerprint } = identify(args);
    if (lifecycle?.stop.aborted)
      throw new SpotproofError('SPOTPROOF_INTERRUPTED', 'This process is stopping. The work was not begun.', { retryable: true });
    const create = { kind, fingerprint: fingerprint ?? '', version: VERSION, data: NOTHING };
    const taken = await takeWhenFree(store, { key, leaseMs, keepMs, create, fingerprint, version: VERSION }, { waitMs });
    switch (taken.outcome) {
      case 'won':
        return attempt(taken.claim, args);
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

  const attempt = async (claim: HeldClaim, args: A): Promise<R> => {
    const interrupt = (): void => claim.interrupt();
    lifecycle?.stop.addEventListener('abort', interrupt, { once: true });
    try {
      const result = await worked(claim, args);
      const seal = async (): Promise<Uint8Array> => payloads.pack(codec.encode(result));
      await keepResult(claim, { seal, sealWithout: omitted, keepMs });
      return result;
    } finally {
      lifecycle?.stop.removeEventListener('abort', interrupt);
      claim.abandon();
    }
  };

  const worked = async (claim: HeldClaim, args: A): Promise<R> => {
    try {
      return await run(claim, ...args);
    } catch (error) {
      await release(claim, error);
      throw error;
    }
  };

  /** The error of the work counts, whatever becomes of this. */
  const release = async (claim: HeldClaim, error: unknown): Promise<void> => {
    const isInterrupted = isSpotproofError(claim.signal.reason, 'SPOTPROOF_INTERRUPTED');
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

function identification<A extends readonly unknown[]>(
  options: Pick<OnceOptions<A, never>, 'name' | 'scope' | 'key' | 'fingerprint'>,
): (args: A) => { readonly key: string; readonly fingerprint: string | undefined } {
  const { name, scope, key, fingerprint } = options;
  return (args) => ({
    key: digestOf(JSON.stringify(['once', name, checkedParts('scope', scope(...args)), checkedParts('key', key(...args))])),
    fingerprint: fingerprint === false ? undefined : fingerprintOf(fingerprint === undefined ? args : fingerprint(...args)),
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

import type { ClaimStore } from '../store.ts';
import { jsonCodec, omitted, Payloads } from '../payload/index.ts';
import { onceFunction, type OnceFunction } from './once-function.ts';
import { keepResult } from './keep-result.ts';
import type { OnceOptions } from './options.ts';

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
 *   key: (order: Order) => order.id,
 *   run: (claim, order) => payments.charge(order.cents, { idempotencyKey: claim.effectKey('charge') }),
 * });
 */
export function once<A extends readonly unknown[], R>(store: ClaimStore, options: OnceOptions<A, R>): OnceFunction<A, R> {
  const { run, codec = jsonCodec<R>() } = options;
  const payloads = new Payloads({ store, blobs: options.blobs });
  return onceFunction(store, options, async ({ claim, args, keepMs, released }) => {
    const result = await released(async () => run(claim, ...args));
    const seal = async (): Promise<Uint8Array> => payloads.pack(codec.encode(result));
    await keepResult(claim, { seal, sealWithout: omitted, keepMs });
    return result;
  });
}

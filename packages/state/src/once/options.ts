import { SpotproofError, type ConsumerLifecycle } from '@spotproof/core';
import type { BlobStore } from '../blobs/blob-store.ts';
import { checkRequest, checkText } from '../check-request.ts';
import type { Claim } from '../claim/claim.ts';
import type { ExternalEffectsOptions } from '../external-effects.ts';
import type { Codec } from '../payload/index.ts';
import { LONGEST_KIND_BYTES } from '../protocol/index.ts';

export interface OnceOptions<A extends readonly unknown[], R> extends ExternalEffectsOptions {
  /** Of this work, the same in every process and release: part of the key, and what `list` finds it by, as `once:<name>`. At most 100 bytes. */
  readonly name: string;
  /**
   * Whose work it is: the tenant, the account. Nobody gets the result of another scope, even under the same key. Return a constant only where all callers
   * may see each other's results.
   */
  readonly scope: (...args: Given<A>) => KeyParts;
  /**
   * What must not be done twice. A part that is null, undefined or empty is refused: it would be one key for everybody. In TypeScript give its parameters
   * their types; the other functions have them from here.
   */
  readonly key: (...args: A) => KeyParts;
  /** The work. Each effect in it that another system has should go there under a `claim.effectKey()`. */
  readonly run: (claim: Claim, ...args: A) => Promise<R> | R;
  /**
   * What of the input must be the same when the key comes again; otherwise the call is refused with `SPOTPROOF_KEY_REUSED`. Default: all arguments. False
   * compares nothing.
   */
  readonly fingerprint?: ((...args: Given<A>) => unknown) | false;
  /** How long the key stays taken after its process has died, in milliseconds. Default 30,000; renewed at a third of it. */
  readonly leaseMs?: number;
  /** How long the result is kept at least, in milliseconds. Default 24 hours. */
  readonly keepMs?: number;
  /** What to do while somebody else is at work on the key. Default: throw `SPOTPROOF_CLAIM_BUSY`. */
  readonly onBusy?: 'throw' | { readonly waitMs: number };
  /**
   * Whether an error is the answer to this key for good, such as a declined card. It is kept, and thrown again as `SPOTPROOF_WORK_FAILED`. Default: none is;
   * the key is free again, and the next call does the work again.
   */
  readonly keepError?: (error: unknown) => boolean;
  /** How the result becomes bytes. Default: `jsonCodec()`. */
  readonly codec?: Codec<R>;
  /** Takes results that are too large for the store. */
  readonly blobs?: BlobStore;
  /** The life of this process. On its *stop* the signal of the claim is aborted, and nothing is begun any more. */
  readonly lifecycle?: Pick<ConsumerLifecycle, 'stop'>;
}

/** The arguments, where TypeScript is to learn them from another function: one that has none would say that there are none. */
type Given<A extends readonly unknown[]> = A extends readonly unknown[] ? A : never;

export type KeyPart = string | number | bigint;
export type KeyParts = KeyPart | readonly KeyPart[];

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function checkOnceOptions(options: {
  readonly name: unknown;
  readonly scope: unknown;
  readonly key: unknown;
  readonly run: unknown;
  readonly onBusy?: unknown;
  readonly leaseMs?: number;
  readonly keepMs?: number;
}): void {
  checkText('name', options.name, LONGEST_KIND_BYTES - 'once:'.length);
  for (const name of ['scope', 'key', 'run'] as const) {
    if (typeof options[name] !== 'function')
      throw new SpotproofError(
        'SPOTPROOF_CONFIG_INVALID',
        `${name} must be a function, got ${typeof options[name]}. It has no default: ${WHY[name]}.`,
      );
  }
  checkOnBusy(options.onBusy, 'throw');
  const { leaseMs = 1, keepMs = 1 } = options;
  checkRequest({ leaseMs, keepMs }, Infinity);
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function checkOnBusy(onBusy: unknown, otherwise: string): void {
  if (onBusy === undefined || onBusy === otherwise) return;
  if (typeof onBusy === 'object' && onBusy !== null && 'waitMs' in onBusy && typeof onBusy.waitMs === 'number' && onBusy.waitMs >= 0) return;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `onBusy must be '${otherwise}' or { waitMs }, got ${JSON.stringify(onBusy)}.`);
}

/**
 * @param what Such as `key`.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a part that is missing, empty or no text.
 */
export function checkedParts(what: string, parts: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(parts) ? parts : [parts];
  if (list.length === 0) throw missing(what, 'an empty list');
  return list.map((part, at) => {
    const name = Array.isArray(parts) ? `${what}[${at}]` : what;
    if (typeof part === 'string' && part !== '') return part;
    if (typeof part === 'bigint' || (typeof part === 'number' && Number.isFinite(part))) return String(part);
    throw missing(name, part === '' ? 'an empty text' : part === null ? 'null' : typeof part === 'number' ? String(part) : typeof part);
  });
}

function missing(what: string, got: string): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${what} must be a text or a number, got ${got}: whoever lacks it would share one record with all others. Nothing was done.`,
  );
}

const WHY = {
  scope: 'without it one tenant is answered with the result of another',
  key: 'it says what must not be done twice',
  run: 'it is the work',
} as const;

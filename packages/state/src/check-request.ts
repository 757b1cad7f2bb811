import { SpotproofError } from '@spotproof/core';
import { LONGEST_KEY_BYTES, LONGEST_KIND_BYTES } from './protocol/index.ts';
import { LARGEST_PAGE, type ListQuery } from './store.ts';

/** What every store refuses before it sends anything: the arguments of any operation, as far as it has them. */
export interface Checkable {
  readonly key?: string;
  readonly token?: string;
  readonly epoch?: number;
  readonly leaseMs?: number;
  readonly keepMs?: number;
  readonly afterMs?: number;
  readonly seq?: number;
  readonly version?: number;
  readonly data?: Uint8Array;
  readonly result?: Uint8Array;
  readonly create?: { readonly kind: string; readonly version: number; readonly data: Uint8Array } | undefined;
  readonly settlement?: object;
  readonly checkpoint?: object | undefined;
}

/**
 * @param maxBytes The largest `data` and `result` together.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function checkRequest(request: Checkable, maxBytes: number): void {
  if (request.key !== undefined) checkText('key', request.key, LONGEST_KEY_BYTES);
  if (request.token !== undefined) checkText('token', request.token, LONGEST_TOKEN_BYTES);
  if (request.epoch !== undefined) checkNumber('epoch', request.epoch, { least: 0, most: Number.MAX_SAFE_INTEGER });
  if (request.leaseMs !== undefined) checkNumber('leaseMs', request.leaseMs, { least: 1, most: LONGEST_LEASE_MS });
  if (request.afterMs !== undefined) checkNumber('afterMs', request.afterMs, { least: 0, most: LONGEST_WAIT_MS });
  // Infinity is allowed: for ever.
  if (request.keepMs !== undefined && request.keepMs !== Infinity) checkNumber('keepMs', request.keepMs, { least: 0, most: LONGEST_WAIT_MS });
  if (request.seq !== undefined) checkNumber('seq', request.seq, { least: 1, most: Number.MAX_SAFE_INTEGER });
  if (request.version !== undefined) checkNumber('version', request.version, { least: 0, most: 2_147_483_647 });
  const bytes = (request.data?.byteLength ?? 0) + (request.result?.byteLength ?? 0);
  if (bytes > maxBytes) {
    throw new SpotproofError(
      'SPOTPROOF_NOT_STORABLE',
      `A record of this store holds ${maxBytes} bytes at most, got ${bytes}. Store less, or give a blob store that takes what is larger.`,
      { details: { bytes, maxBytes } },
    );
  }
  if (request.create !== undefined) {
    checkText('kind', request.create.kind, LONGEST_KIND_BYTES);
    checkRequest({ version: request.create.version, data: request.create.data }, maxBytes);
  }
  if (request.settlement !== undefined) checkRequest(request.settlement, maxBytes);
  if (request.checkpoint !== undefined) checkRequest(request.checkpoint, maxBytes);
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function checkQuery({ limit, kind }: ListQuery): void {
  checkNumber('limit', limit, { least: 1, most: LARGEST_PAGE });
  if (kind !== undefined) checkText('kind', kind, LONGEST_KIND_BYTES);
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function checkText(name: string, value: unknown, longestBytes: number): asserts value is string {
  if (typeof value !== 'string') throw refused(`${name} must be a text, got ${value === null ? 'null' : typeof value}`);
  if (value === '') throw refused(`${name} must not be empty`);
  // PostgreSQL keeps no NUL, and no store agrees with another on half a surrogate pair.
  if (value.includes('\0') || !value.isWellFormed())
    throw refused(`${name} must be well-formed Unicode without NUL, got ${JSON.stringify(value.slice(0, 60))}`);
  const bytes = Buffer.byteLength(value);
  if (bytes > longestBytes) throw refused(`${name} must have ${longestBytes} bytes of UTF-8 at most, got ${bytes}. Use a digest of what is longer`);
}

function checkNumber(name: string, value: unknown, { least, most }: { readonly least: number; readonly most: number }): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw refused(`${name} must be a whole number from ${least} to ${most}, got ${String(value)}`);
}

function refused(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

const LONGEST_TOKEN_BYTES = 64;
/** A day. A lease is renewed; a long one only makes the recovery of a killed task late. */
const LONGEST_LEASE_MS = 86_400_000;
/** A hundred years. */
const LONGEST_WAIT_MS = 3_155_760_000_000;

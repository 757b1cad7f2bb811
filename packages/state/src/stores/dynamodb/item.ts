import { SpotproofError } from '@spotproof/core';
import { NEVER, type ClaimRecord, type ClaimState } from '../../protocol/index.ts';
import type { ClaimSummary } from '../../store.ts';
import type { Item, WrittenItem, WrittenValue } from './client.ts';

/** A record, and what only this store keeps with it. */
export interface StoredRecord extends ClaimRecord {
  /** One more with each write: a record that has the same one for a whole lease was left by its holder. */
  readonly rev: number;
  /** The length of the lease that runs. */
  readonly leaseMs: number;
}

/** The whole item of a record. Its attributes are named like the fields; what more there is, is in docs of the table. */
export function itemOf(record: StoredRecord, index: string | undefined): WrittenItem {
  const { key, kind, state, token, epoch, rev, dueAt, leaseMs, keepUntil, fingerprint, seq, version, data, result } = record;
  return {
    pk: text(key),
    kind: text(kind),
    state: text(state),
    token: text(token),
    epoch: number(epoch),
    rev: number(rev),
    dueAt: number(dueAt),
    leaseMs: number(leaseMs),
    keepUntil: number(keepUntil),
    seq: number(seq),
    version: number(version),
    failures: number(record.failures),
    interruptions: number(record.interruptions),
    stalls: number(record.stalls),
    ...(fingerprint === '' ? {} : { fingerprint: text(fingerprint) }),
    ...(data.byteLength === 0 ? {} : { data: bytes(data) }),
    ...(result.byteLength === 0 ? {} : { result: bytes(result) }),
    ...(keepUntil === NEVER ? {} : { expiresAt: expiry(keepUntil) }),
    ...(index === undefined ? {} : { dueIndex: text(index), dueIndexAt: number(dueAt) }),
  };
}

/** @throws SpotproofError `SPOTPROOF_STORE` for what somebody else keeps under this key, and nobody should overwrite. */
export function recordOf(item: Item): StoredRecord {
  if (!isClaim(item))
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      `The item ${JSON.stringify(textIn(item, 'pk'))} is not a claim of this store. Give claims a table of their own.`,
    );
  return {
    ...summaryOf(item),
    data: bytesIn(item, 'data'),
    result: bytesIn(item, 'result'),
    rev: numberIn(item, 'rev'),
    leaseMs: numberIn(item, 'leaseMs'),
  };
}

export function isClaim(item: Item): boolean {
  return textIn(item, 'token') !== '' && item['epoch']?.N !== undefined;
}

export function summaryOf(item: Item): ClaimSummary {
  return {
    key: textIn(item, 'pk'),
    kind: textIn(item, 'kind'),
    state: stateIn(item),
    token: textIn(item, 'token'),
    epoch: numberIn(item, 'epoch'),
    dueAt: numberIn(item, 'dueAt'),
    keepUntil: numberIn(item, 'keepUntil'),
    fingerprint: textIn(item, 'fingerprint'),
    seq: numberIn(item, 'seq'),
    version: numberIn(item, 'version'),
    failures: numberIn(item, 'failures'),
    interruptions: numberIn(item, 'interruptions'),
    stalls: numberIn(item, 'stalls'),
  };
}

/** Seconds, as DynamoDB wants its time to live. The item stays for days after its time, and so does its epoch. */
export function expiry(keepUntil: number): WrittenValue {
  return number(Math.ceil((keepUntil + REMOVAL_GRACE_MS) / 1000));
}

export function text(value: string): WrittenValue {
  return { S: value };
}

export function number(value: number): WrittenValue {
  return { N: String(value) };
}

export function bytes(value: Uint8Array): WrittenValue {
  return { B: value };
}

export function textIn(item: Item, name: string): string {
  return item[name]?.S ?? '';
}

export function numberIn(item: Item, name: string): number {
  return Number(item[name]?.N ?? 0);
}

/** Plain bytes, as every store gives them. */
function bytesIn(item: Item, name: string): Uint8Array {
  const value = item[name]?.B;
  return value === undefined ? NONE : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function stateIn(item: Item): ClaimState {
  const state = textIn(item, 'state');
  // What is not known is not free.
  return state === 'pending' || state === 'done' || state === 'failed' ? state : 'held';
}

/** All but what may be large. */
export const SUMMARY_ATTRIBUTES = [
  'kind',
  'state',
  'token',
  'epoch',
  'rev',
  'dueAt',
  'leaseMs',
  'keepUntil',
  'fingerprint',
  'seq',
  'version',
  'failures',
  'interruptions',
  'stalls',
] as const;

const NONE = new Uint8Array();
/** Three days. DynamoDB removes what has expired within days, at no time that it promises; clocks differ by far less. */
const REMOVAL_GRACE_MS = 259_200_000;

import { SpotproofError } from '@spotproof/core';
import type { ClaimRecord, ClaimState } from '../../protocol/index.ts';
import type { ClaimSummary } from '../../store.ts';

/** A row as a client hands it out: 64-bit integers are numbers, bigints or texts, depending on the client and on how it is set up. */
export type Row = Readonly<Record<string, unknown>>;

export function recordOf(row: Row): ClaimRecord {
  return { ...summaryOf(row), data: bytesOf(row, 'data'), result: bytesOf(row, 'result') };
}

export function summaryOf(row: Row): ClaimSummary {
  return {
    key: textOf(row, 'key'),
    kind: textOf(row, 'kind'),
    state: stateOf(row),
    token: textOf(row, 'token'),
    epoch: numberOf(row, 'epoch'),
    dueAt: numberOf(row, 'due_at'),
    keepUntil: numberOf(row, 'keep_until'),
    fingerprint: textOf(row, 'fingerprint'),
    seq: numberOf(row, 'seq'),
    version: numberOf(row, 'version'),
    failures: numberOf(row, 'failures'),
    interruptions: numberOf(row, 'interruptions'),
    stalls: numberOf(row, 'stalls'),
  };
}

export function numberOf(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw unreadable(column, 'a whole number', value);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unreadable(column, 'text', value);
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  // A Buffer of a client behaves like an array of bytes, but for what compares and prints it.
  if (value instanceof Uint8Array) return value.constructor === Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw unreadable(column, 'bytes', value);
}

export function stateOf(row: Row): ClaimState {
  const value = row['state'];
  const state = STATES.find((known) => known === value);
  if (state !== undefined) return state;
  throw unreadable('state', STATES.join(', '), value);
}

function unreadable(column: string, expected: string, value: unknown): SpotproofError {
  const got = value === null ? 'null' : typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `Column ${column} of the claims should be read as ${expected}, got ${got}. The table is not one of this store, or the client converts values in a way of its own.`,
    { details: { column } },
  );
}

const STATES: readonly ClaimState[] = ['pending', 'held', 'done', 'failed'];

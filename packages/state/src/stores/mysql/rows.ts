import { SpotproofError } from '@spotproof/core';
import type { Row } from '../sql/row.ts';

/** What the server answered to a statement that returns rows, or undefined where it does not know how to. */
export function rowsOf(answer: unknown): readonly Row[] | undefined {
  // Objects by column: so it was asked for.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Array.isArray(answer) ? (answer as readonly Row[]) : undefined;
}

/** A row with its texts as texts: what the server has as bytes, so that no collation takes one key for another, is bytes here as well. */
export function decoded(row: Row): Row {
  const texts = TEXTS.flatMap((column) => {
    const value = row[column];
    return Buffer.isBuffer(value) ? [[column, value.toString()] as const] : [];
  });
  return { ...row, ...Object.fromEntries(texts) };
}

/** Whether an UPDATE has found its row, written or already so: as its statement has the server tell, which no flag of the connection changes. */
export function matched(answer: unknown): boolean {
  return Number(field(answer, 'insertId')) > 0;
}

/** How many rows a DELETE has removed: nothing that a flag would change. */
export function removed(answer: unknown): number {
  return Number(field(answer, 'affectedRows'));
}

function field(answer: unknown, name: 'insertId' | 'affectedRows'): unknown {
  if (typeof answer === 'object' && answer !== null && name in answer) return Reflect.get(answer, name);
  throw new SpotproofError('SPOTPROOF_STORE', `The client should have answered with ${name}. Give the store a pool of mysql2/promise.`);
}

const TEXTS = ['key', 'kind', 'state', 'token', 'fingerprint'] as const;

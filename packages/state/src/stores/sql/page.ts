import { SpotproofError } from '@spotproof/core';
import type { ClaimSummary, ListPage, ListQuery } from '../../store.ts';

/** By what a list is ordered, after which comes the key: by an index that has just the records that are looked for. */
export type ListOrder = 'due_at' | 'keep_until' | 'key';

export function orderOf(state: ListQuery['state']): ListOrder {
  if (state === undefined) return 'key';
  return state === 'done' || state === 'failed' ? 'keep_until' : 'due_at';
}

/** Where the page before ended. */
export interface Position {
  readonly at: number;
  readonly key: string;
}

/** Before all records: no time is negative, and no key is empty. */
const START: Position = { at: -1, key: '' };

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function positionOf(cursor: string | undefined): Position {
  if (cursor === undefined) return START;
  const [, at, key] = /^(-1|\d{1,16}):(.+)$/s.exec(cursor) ?? [];
  if (at === undefined || key === undefined)
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `cursor must be the one of the page before, got ${JSON.stringify(cursor.slice(0, 60))}.`);
  return { at: Number(at), key };
}

/** @param found Up to one more than the page has, which tells that there is another page. */
export function pageOf(found: readonly ClaimSummary[], { limit, state }: ListQuery): ListPage {
  const records = found.slice(0, limit);
  const last = records.at(-1);
  if (last === undefined || found.length <= limit) return { records, cursor: undefined };
  const at = { due_at: last.dueAt, keep_until: last.keepUntil, key: -1 }[orderOf(state)];
  return { records, cursor: `${at}:${last.key}` };
}

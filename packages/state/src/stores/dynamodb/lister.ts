import { SpotproofError } from '@spotproof/core';
import type { ClaimSummary, ListPage, ListQuery } from '../../store.ts';
import type { Calls } from './calls.ts';
import type { WrittenValue } from './client.ts';
import type { DueIndex } from './due-index.ts';
import { SUMMARY_ATTRIBUTES, isClaim, number, numberIn, summaryOf, text, textIn } from './item.ts';
import { INDEX } from './table.ts';
import { namesIn } from './updates.ts';
import type { Watches } from './watches.ts';

export interface Listing {
  readonly calls: Calls;
  readonly index: DueIndex;
  readonly watches: Watches;
  readonly now: () => number;
}

/**
 * What is due of an indexed kind comes from the index, in order. It follows the table by some milliseconds: good enough to find work, while the claim
 * decides. Everything else is a scan of the table, paid by its size.
 */
export async function listRecords(listing: Listing, query: ListQuery): Promise<ListPage> {
  const partitions = query.state === 'due' && query.kind !== undefined ? listing.index.partitionsOf(query.kind) : undefined;
  return partitions === undefined ? await scan(listing, query) : await listDue(listing, partitions, query);
}

/** Where each partition goes on: after this record, or not at all. */
type Place = readonly [dueAt: number, key: string] | 'begin' | 'end';

async function listDue(listing: Listing, partitions: readonly string[], { limit, cursor }: ListQuery): Promise<ListPage> {
  const places = cursor === undefined ? partitions.map((): Place => 'begin') : placesIn(cursor, partitions.length);
  const pages = await Promise.all(partitions.map((partition, i) => pageOf(listing, partition, places[i] ?? 'end', limit)));
  const records = pages
    .flatMap(({ found }) => found)
    // Of one partition and one time the order stays DynamoDB's: the next page goes on after the last of them.
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .slice(0, limit);
  const taken = new Set(records);
  const rest = pages.map(({ found, isLast }, i): Place => {
    const last = found.findLast((record) => taken.has(record));
    if (isLast && found.every((record) => taken.has(record))) return 'end';
    return last === undefined ? (places[i] ?? 'end') : [last.dueAt, last.key];
  });
  return { records, cursor: rest.every((place) => place === 'end') ? undefined : JSON.stringify(rest) };
}

async function pageOf(
  { calls, watches, now }: Listing,
  partition: string,
  place: Place,
  limit: number,
): Promise<{ readonly found: readonly ClaimSummary[]; readonly isLast: boolean }> {
  if (place === 'end') return { found: [], isLast: true };
  const at = now();
  const condition = '#dueIndex = :partition AND #dueIndexAt <= :soon';
  const { Items = [], LastEvaluatedKey } = await calls.ask((options) =>
    calls.client.query(
      {
        TableName: calls.table,
        IndexName: INDEX,
        KeyConditionExpression: condition,
        ExpressionAttributeNames: namesIn(condition),
        ExpressionAttributeValues: { ':partition': text(partition), ':soon': number(at + WATCHED_AHEAD_MS) },
        Limit: limit + MOST_WATCHED_AHEAD,
        ...(place === 'begin' ? {} : { ExclusiveStartKey: { pk: text(place[1]), dueIndex: text(partition), dueIndexAt: number(place[0]) } }),
      },
      options,
    ),
  );
  const summaries = Items.map((item) => {
    const summary = summaryOf(item);
    // Whoever claims it must have watched it for a lease: that begins here, and before it is due, so that the task that holds it may die at any time.
    if (summary.state === 'held') watches.unchangedMs({ ...summary, rev: numberIn(item, 'rev') });
    return summary;
  });
  const found = summaries.filter(({ dueAt }) => dueAt <= at);
  return { found, isLast: LastEvaluatedKey === undefined || found.length < summaries.length };
}

async function scan({ calls, now }: Listing, { kind, state, limit, cursor }: ListQuery): Promise<ListPage> {
  const { filter, values } = filterOf({ kind, state }, now());
  const projection = ['#pk', ...SUMMARY_ATTRIBUTES.map((name) => `#${name}`)].join(', ');
  const found: ClaimSummary[] = [];
  let after = cursor;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { Items: seen = [], LastEvaluatedKey } = await calls.ask((options) =>
      calls.client.scan(
        {
          TableName: calls.table,
          ConsistentRead: true,
          ProjectionExpression: projection,
          ExpressionAttributeNames: namesIn(`${projection} ${filter ?? ''}`),
          ...(filter === undefined ? {} : { FilterExpression: filter, ExpressionAttributeValues: values }),
          ...(after === undefined ? {} : { ExclusiveStartKey: { pk: text(after) } }),
        },
        options,
      ),
    );
    const Items = seen.filter(isClaim);
    const room = limit - found.length;
    found.push(...Items.slice(0, room).map(summaryOf));
    // Whatever the page has no room for is read again with the next one.
    const end = LastEvaluatedKey === undefined ? undefined : textIn(LastEvaluatedKey, 'pk');
    after = Items.length > room ? found.at(-1)?.key : end;
    if (found.length === limit || after === undefined) break;
  }
  return { records: found.toSorted(byTime), cursor: after };
}

function filterOf(
  { kind, state }: Pick<ListQuery, 'kind' | 'state'>,
  now: number,
): { readonly filter: string | undefined; readonly values: Record<string, WrittenValue> } {
  const conditions: string[] = [];
  const values: Record<string, WrittenValue> = {};
  if (kind !== undefined) {
    conditions.push('#kind = :kind');
    values[':kind'] = text(kind);
  }
  if (state === 'due') {
    conditions.push('(#state = :pending OR #state = :held) AND #dueAt <= :now');
    Object.assign(values, { ':pending': text('pending'), ':held': text('held'), ':now': number(now) });
  } else if (state !== undefined) {
    conditions.push('#state = :state');
    values[':state'] = text(state);
  }
  return { filter: conditions.length === 0 ? undefined : conditions.join(' AND '), values };
}

function placesIn(cursor: string, partitions: number): readonly Place[] {
  try {
    const places: unknown = JSON.parse(cursor);
    if (Array.isArray(places) && places.length === partitions && places.every(isPlace)) return places;
  } catch {
    // It is refused below.
  }
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `cursor must be the one of the page before, got ${JSON.stringify(cursor.slice(0, 60))}.`);
}

function isPlace(place: unknown): place is Place {
  if (place === 'begin' || place === 'end') return true;
  return Array.isArray(place) && place.length === 2 && typeof place[0] === 'number' && typeof place[1] === 'string';
}

function byTime(a: ClaimSummary, b: ClaimSummary): number {
  return a.dueAt - b.dueAt || (a.key < b.key ? -1 : 1);
}

/** Of what is held, what ends within this time is watched; what is renewed moves back in the index, so that what was left alone comes to the front. */
const WATCHED_AHEAD_MS = 60_000;
const MOST_WATCHED_AHEAD = 25;
/** A page ends after so many megabytes, however little was found. */
const MOST_ROUNDS = 8;

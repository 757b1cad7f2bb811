import { SpotproofError } from '@spotproof/core';
import type { ClaimRecord } from '../../protocol/index.ts';
import type { ClaimSummary, ListPage, ListQuery } from '../../store.ts';
import type { Connection } from './connection.ts';
import { type Keys, bucketOf } from './keys.ts';
import { SUMMARY_BYTES, unpackRecord } from './record-layout.ts';
import { arrayOf, bytesOf, numberOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';

export interface Listing {
  readonly connection: Connection;
  readonly keys: Keys;
  readonly isIndexed: (kind: string) => boolean;
}

/** What is due of an indexed kind comes from the indexes, in order. Everything else is a walk over all keys of the database. */
export async function listRecords(listing: Listing, query: ListQuery): Promise<ListPage> {
  const { kind, state } = query;
  if (state === 'due' && kind !== undefined && listing.isIndexed(kind)) return await listDue(listing, kind, query);
  return await walk(listing, query);
}

async function listDue(listing: Listing, kind: string, { limit, cursor }: ListQuery): Promise<ListPage> {
  const after = cursor === undefined ? undefined : parsePlace(cursor);
  const shards = Array.from({ length: listing.keys.shards }, (_, shard) => shard);
  const found = await Promise.all(shards.map((shard) => dueOfShard(listing, shard, bucketOf(kind), { after, limit })));
  const places = found.flat().toSorted(comparePlaces).slice(0, limit);
  const { records, now } = await summariesOf(
    listing,
    places.map(({ key }) => key),
  );
  await Promise.all(places.filter(({ key }) => !records.has(key)).map(({ key }) => listing.connection.run(SCRIPTS.tidy, listing.keys.of(key), [])));
  const last = places.at(-1);
  return {
    records: places.flatMap(({ key }) => {
      const record = records.get(key);
      return record !== undefined && record.kind === kind && isDue(record, now) ? [record] : [];
    }),
    cursor: places.length === limit && last !== undefined ? `${last.dueAt}:${last.key}` : undefined,
  };
}

interface Place {
  readonly dueAt: number;
  readonly key: string;
}

async function dueOfShard(
  { connection, keys }: Listing,
  shard: number,
  bucket: number,
  { after, limit }: { readonly after: Place | undefined; readonly limit: number },
): Promise<readonly Place[]> {
  // What has the very time of the last page's last record is asked for again, and those that were on that page are left out.
  for (let offset = 0; ; offset += limit) {
    const args = [bucket, after?.dueAt ?? 0, offset, limit].map(String);
    const reply = arrayOf(await connection.run(SCRIPTS.due, [keys.indexOf(shard)], args));
    const places: Place[] = [];
    for (const [key, score] of pairsOf(reply)) places.push({ key: textOf(key), dueAt: scoreOf(score) - bucket * SCORES_PER_BUCKET });
    const fresh = after === undefined ? places : places.filter((place) => comparePlaces(place, after) > 0);
    if (fresh.length > 0 || places.length < limit) return fresh;
  }
}

/** Two by two; a client that speaks RESP3 gives them in pairs. */
function pairsOf(reply: readonly unknown[]): readonly (readonly [unknown, unknown])[] {
  const flat = reply.flatMap((element) => (Array.isArray(element) ? arrayOf(element) : [element]));
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}

async function walk(listing: Listing, query: ListQuery): Promise<ListPage> {
  const nodes = await listing.connection.nodes();
  // By key: SCAN may give one twice.
  const found = new Map<string, ClaimSummary>();
  const page = (): readonly ClaimSummary[] => [...found.values()].toSorted(byTime);
  let { node, scan, after }: Step = query.cursor === undefined ? { node: 0, scan: '0', after: '' } : parseStep(query.cursor);
  // A step that was cut is one place of the database: only there does `after` mean anything.
  let count = after === '' ? KEYS_A_ROUND : 1;
  for (let round = 0; round < MOST_ROUNDS && found.size < query.limit; round += 1) {
    const server = nodes[node];
    if (server === undefined) break;
    const [next, names] = arrayOf(await server.command('SCAN', scan, 'MATCH', listing.keys.pattern, 'COUNT', String(count)));
    const fresh = (await matching(listing, arrayOf(names), query)).filter(({ key }) => key > after);
    const room = query.limit - found.size;
    if (fresh.length > room && count > 1) {
      // A shorter step is taken in its place: between two steps SCAN goes on well whatever becomes of the database, within one it does not.
      count = Math.max(1, Math.floor((count * room) / fresh.length / 2));
      continue;
    }
    for (const record of fresh.slice(0, room)) found.set(record.key, record);
    if (fresh.length > room) return { records: page(), cursor: `${node}:${scan}:${fresh[room - 1]?.key ?? ''}` };
    after = '';
    count = Math.min(KEYS_A_ROUND, count * 4);
    scan = textOf(next);
    if (scan === '0') node += 1;
  }
  return { records: page(), cursor: node >= nodes.length ? undefined : `${node}:${scan}:${after}` };
}

/** Of the names of a step those that are looked for, by key. */
async function matching(listing: Listing, names: readonly unknown[], { kind, state }: ListQuery): Promise<readonly ClaimSummary[]> {
  const keys = names.flatMap((name) => listing.keys.keyOf(textOf(name)) ?? []);
  const { records, now } = await summariesOf(listing, keys);
  return [...records.values()].filter((record) => matches(record, { kind, state, now })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

interface Step {
  readonly node: number;
  readonly scan: string;
  readonly after: string;
}

function matches(record: ClaimSummary, { kind, state, now }: Pick<ListQuery, 'kind' | 'state'> & { readonly now: number }): boolean {
  if (kind !== undefined && record.kind !== kind) return false;
  return state === undefined || (state === 'due' ? isDue(record, now) : record.state === state);
}

function isDue({ state, dueAt }: ClaimSummary, now: number): boolean {
  return (state === 'pending' || state === 'held') && dueAt <= now;
}

/** One round trip for each shard that has some of them. Keys without a record are left out. */
async function summariesOf(
  { connection, keys }: Listing,
  wanted: readonly string[],
): Promise<{ readonly records: ReadonlyMap<string, ClaimSummary>; readonly now: number }> {
  const records = new Map<string, ClaimSummary>();
  const times = await Promise.all(
    [...Map.groupBy(wanted, (key) => keys.shardOf(key)).values()].map(async (group) => {
      const names = group.map((key) => keys.of(key)[0]);
      const [now, ...found] = arrayOf(await connection.run(SCRIPTS.summaries, names, [String(SUMMARY_BYTES)]));
      for (const [i, key] of group.entries()) {
        const packed = bytesOf(found[i]);
        if (packed.byteLength > 0) records.set(key, summaryOf(unpackRecord(key, packed, NONE)));
      }
      return numberOf(now);
    }),
  );
  return { records, now: Math.min(...times) };
}

function summaryOf({ data: _data, result: _result, ...summary }: ClaimRecord): ClaimSummary {
  return summary;
}

function parsePlace(cursor: string): Place {
  const match = /^(\d+):(.+)$/s.exec(cursor);
  if (match === null) throw unknownCursor(cursor);
  return { dueAt: Number(match[1]), key: match[2] ?? '' };
}

function parseStep(cursor: string): Step {
  const match = /^(\d+):(\d+):(.*)$/s.exec(cursor);
  if (match === null) throw unknownCursor(cursor);
  return { node: Number(match[1]), scan: match[2] ?? '', after: match[3] ?? '' };
}

function unknownCursor(cursor: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `cursor must be the one of the page before, got ${JSON.stringify(cursor.slice(0, 60))}.`);
}

/** As an index of Redis orders what has one score: by bytes. */
function comparePlaces(a: Place, b: Place): number {
  return a.dueAt - b.dueAt || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

function byTime(a: ClaimSummary, b: ClaimSummary): number {
  return a.dueAt - b.dueAt || (a.key < b.key ? -1 : 1);
}

function textOf(reply: unknown): string {
  return typeof reply === 'string' ? reply : Buffer.from(bytesOf(reply)).toString();
}

/** In RESP3 a number, in RESP2 a text. */
function scoreOf(reply: unknown): number {
  return numberOf(reply instanceof Uint8Array ? Buffer.from(reply).toString() : reply);
}

const NONE = new Uint8Array();
const SCORES_PER_BUCKET = 2 ** 43;
const KEYS_A_ROUND = 500;
/** A page ends after so many rounds, however little was found: a call must not take as long as a large database is. */
const MOST_ROUNDS = 40;

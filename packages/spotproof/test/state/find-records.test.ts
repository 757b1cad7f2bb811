import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore, type ClaimStore } from '@spotproof/state';
import { everyRecord, findRecords } from '../../src/state/find-records.ts';
import { purgeExpired } from '../../src/state/purge.ts';

/** As Redis and DynamoDB list: two at a time, and nothing on every other page. */
async function sparse(keys: number, now = Date.now): Promise<Pick<ClaimStore, 'list' | 'purge'>> {
  const store = new MemoryStore({ now });
  const create = { kind: 'k', fingerprint: '', version: 1, data: new Uint8Array() };
  for (let at = 0; at < keys; at += 1)
    await store.add({ key: `key-${at}`, token: `t${at}`, create, afterMs: 0, keepMs: at % 2 === 0 ? 0 : Infinity });
  return {
    purge: (request) => store.purge(request),
    async list({ limit, cursor, ...query }) {
      if (cursor?.startsWith('empty ') !== true) return { records: [], cursor: `empty ${cursor ?? ''}` };
      const inner = cursor.slice('empty '.length);
      return await store.list({ ...query, limit: Math.min(limit, 2), cursor: inner === '' ? undefined : inner });
    },
  };
}

test('a page is filled across empty ones, is no larger than asked for, and the next one goes on after it', async () => {
  const store = await sparse(7);

  const first = await findRecords(store, { limit: 3 });
  const rest = await findRecords(store, { limit: 100, cursor: first.cursor });

  assert.deepEqual([first.records.length, rest.records.length, rest.cursor], [3, 4, undefined]);
  assert.equal(new Set([...first.records, ...rest.records].map(({ key }) => key)).size, 7);
});

test('each record is met once across empty pages, and those that are over are removed', async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const store = await sparse(9, () => nowMs);
  const met: string[] = [];
  for await (const { key } of everyRecord(store, {})) met.push(key);
  // A record is kept for its first millisecond.
  nowMs += 1;

  const removed = await purgeExpired(store, { kind: 'k', nowMs: () => nowMs });

  assert.equal(new Set(met).size, 9);
  assert.equal(met.length, 9);
  assert.equal(removed, 5);
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ClaimSummary, ListQuery } from '../../../src/store.ts';
import type { CaseContext } from '../case-context.ts';
import { done, failed, holder, LONG_MS, released, SHORT_MS } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const LIST_CASES: readonly ContractCase[] = [
  {
    name: 'what is due is listed, the longest due first, and what is not due is not',
    run: async (c) => {
      const keys = ['c', 'a', 'd', 'b'].map((name) => c.key(name));
      for (const [index, key] of keys.entries())
        await c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: (keys.length - index) * SHORT_MS, keepMs: LONG_MS });
      const expired = await c.winAndExpire(c.key('expired'));
      await c.store.add({ key: c.key('later'), token: randomUUID(), create: c.create(), afterMs: LONG_MS, keepMs: LONG_MS });
      await c.win(c.key('held'));
      await c.store.settle({ ...holder(await c.win(c.key('done'))), settlement: done() });
      await c.store.settle({ ...holder(await c.win(c.key('failed'))), settlement: failed() });
      await c.pass(keys.length * SHORT_MS);

      const due = await listed(c, { kind: c.kind, state: 'due', limit: 100 }, 5);

      assert.deepEqual(due.map(({ key }) => key).toSorted(), [...keys, expired.key].toSorted());
      const times = due.map(({ dueAt }) => dueAt);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: 'a list gives the records of one kind and of one state, without what may be large',
    run: async (c) => {
      const held = await c.win(c.key());
      const pending = await c.win(c.key());
      await c.store.settle({ ...holder(pending), settlement: released({ counts: 'interruption', afterMs: LONG_MS }) });
      const isDone = await c.win(c.key());
      await c.store.settle({ ...holder(isDone), settlement: done() });
      const hasFailed = await c.win(c.key());
      await c.store.settle({ ...holder(hasFailed), settlement: failed() });
      await c.win(c.key(), { create: c.create({ kind: `${c.kind}-other` }) });

      const all = await listed(c, { kind: c.kind, limit: 100 }, 4);
      const states = { held, pending, done: isDone, failed: hasFailed } as const;

      for (const [state, { key }] of Object.entries(states)) {
        const found = await listed(c, { kind: c.kind, state: state as ClaimSummary['state'], limit: 100 }, 1);
        const { data: _data, result: _result, ...summary } = await c.record(key);
        assert.deepEqual(found, [summary]);
      }
      assert.equal(all.length, 4);
      assert.deepEqual(await c.store.list({ kind: c.kind, state: 'due', limit: 100 }).then(({ records }) => records), []);
    },
  },
  {
    name: 'a list in pages leaves no record out and ends',
    run: async (c) => {
      const keys = Array.from({ length: 7 }, () => c.key());
      await Promise.all(keys.map((key) => c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: 0, keepMs: LONG_MS })));
      await listed(c, { kind: c.kind, state: 'due', limit: 100 }, keys.length);

      for (const query of [{ state: 'due' }, { state: 'pending' }, {}] as const) {
        for (const limit of [1, 3, 7]) {
          const pages = await c.pages({ kind: c.kind, ...query, limit });

          // One may come twice: a walk over the keys of a store that is written to promises no more.
          assert.deepEqual([...new Set(pages.flat().map(({ key }) => key))].toSorted(), keys.toSorted());
          assert.ok(pages.every((page) => page.length <= limit));
        }
      }
    },
  },
  {
    name: 'what is claimed, settled or removed between two pages hides no other record',
    run: async (c) => {
      const keys = Array.from({ length: 9 }, () => c.key());
      for (const key of keys) await c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: 0, keepMs: LONG_MS });
      await listed(c, { kind: c.kind, state: 'due', limit: 100 }, keys.length);
      const first = await c.store.list({ kind: c.kind, state: 'due', limit: 3 });
      for (const { key } of first.records) await c.takeOver(key);

      const rest = first.cursor === undefined ? [] : await c.pages({ kind: c.kind, state: 'due', limit: 3, cursor: first.cursor });

      const seen = new Set([...first.records, ...rest.flat()].map(({ key }) => key));
      assert.deepEqual([...seen].toSorted(), keys.toSorted());
    },
  },
  {
    name: 'nothing is listed of a kind that is not there',
    run: async (c) => {
      assert.deepEqual(await c.listed({ kind: c.kind, limit: 10 }), []);
    },
  },
];

/** The records of a query once so many are there: a list may lag behind its writes for a moment. */
function listed(c: CaseContext, query: ListQuery, count: number): Promise<readonly ClaimSummary[]> {
  return c.until(`${count} records are listed`, async () => {
    const records = await c.listed(query);
    assert.ok(records.length <= count, `${count} records should be listed, got ${records.map(({ key, state }) => `${key} ${state}`).join(', ')}`);
    return records.length === count ? records : undefined;
  });
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { bytes, done, holder, LONG_MS, released } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

const REFUSED = { name: 'SpotproofError', code: 'SPOTPROOF_CONFIG_INVALID' };

export const REFUSAL_CASES: readonly ContractCase[] = [
  {
    name: 'a malformed key is refused by every operation before anything is sent',
    run: async (c) => {
      const malformed: readonly unknown[] = [
        '',
        'nul\0byte',
        'half a pair \ud83d',
        '\udc00',
        'x'.repeat(513),
        'é'.repeat(257),
        undefined,
        null,
        7,
        {},
      ];

      for (const bad of malformed) {
        // A caller without types gives what it has.
        const key = bad as string;
        const one = { key, token: randomUUID(), epoch: 1 };
        const operations = {
          add: () => c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: 0, keepMs: 0 }),
          claim: () => c.store.claim(c.claim(key)),
          renew: () => c.store.renew({ ...one, leaseMs: LONG_MS }),
          save: () => c.store.save({ ...one, seq: 1, version: 1, data: bytes(''), leaseMs: LONG_MS }),
          settle: () => c.store.settle({ ...one, settlement: done() }),
          revive: () => c.store.revive({ key, keepMs: 0 }),
          purge: () => c.store.purge({ key, force: undefined }),
          read: () => c.store.read(key),
        };
        // A key that was left out is a mistake of types, which a checker of arguments need not tell from one that no operation has.
        for (const [name, operation] of Object.entries(operations)) {
          if (bad === undefined) continue;
          await assert.rejects(operation, REFUSED, `${name} of ${JSON.stringify(bad)}`);
        }
      }
    },
  },
  {
    name: 'a cursor that no page has ended with is refused',
    run: async (c) => {
      for (const cursor of ['', 'nonsense', ' ', '{"a":1}'])
        await assert.rejects(c.store.list({ kind: c.kind, state: 'due', limit: 1, cursor }), REFUSED, `cursor ${JSON.stringify(cursor)}`);
    },
  },
  {
    name: 'a lease, a wait and a number out of range are refused, and nothing is written',
    run: async (c) => {
      const one = await c.win(c.key());
      const before = await c.record(one.key);
      const save = { ...holder(one), seq: 1, version: 1, data: bytes(''), leaseMs: LONG_MS };

      for (const leaseMs of [0, -1, Number.NaN, Infinity, 1.5, 86_400_001]) {
        await assert.rejects(c.store.claim(c.claim(c.key(), { leaseMs })), REFUSED, `lease of ${leaseMs}`);
        await assert.rejects(c.store.renew({ ...holder(one), leaseMs }), REFUSED, `lease of ${leaseMs}`);
      }
      for (const seq of [0, -1, 1.5, Number.NaN, 2 ** 53]) await assert.rejects(c.store.save({ ...save, seq }), REFUSED, `checkpoint ${seq}`);
      for (const keepMs of [-1, Number.NaN, -Infinity, 0.5])
        await assert.rejects(c.store.settle({ ...holder(one), settlement: done(bytes(''), keepMs) }), REFUSED, `keep ${keepMs}`);
      for (const afterMs of [-1, Number.NaN, Infinity, 0.5])
        await assert.rejects(c.store.settle({ ...holder(one), settlement: released({ afterMs }) }), REFUSED, `after ${afterMs}`);
      for (const token of ['', 'x'.repeat(65), 'nul\0'])
        await assert.rejects(c.store.settle({ ...holder(one), token, settlement: done() }), REFUSED, `token ${JSON.stringify(token)}`);
      for (const kind of ['', 'x'.repeat(129), 'nul\0']) {
        await assert.rejects(c.store.claim(c.claim(c.key(), { create: c.create({ kind }) })), REFUSED, `kind ${JSON.stringify(kind)}`);
        await assert.rejects(c.store.list({ kind, limit: 1 }), REFUSED, `kind ${JSON.stringify(kind)}`);
      }
      for (const version of [-1, 0.5, 2 ** 31]) await assert.rejects(c.store.claim(c.claim(c.key(), { version })), REFUSED, `version ${version}`);
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) await assert.rejects(c.store.list({ kind: c.kind, limit }), REFUSED, `limit ${limit}`);

      assert.deepEqual(await c.record(one.key), before);
    },
  },
];

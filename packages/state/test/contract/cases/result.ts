import assert from 'node:assert/strict';
import { bytes, done, failed, holder, LONG_MS, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const RESULT_CASES: readonly ContractCase[] = [
  ...[
    { what: 'every byte there is', data: Uint8Array.from({ length: 256 }, (_, index) => index) },
    { what: 'no bytes', data: new Uint8Array() },
    { what: 'one zero byte', data: new Uint8Array(1) },
    { what: 'a view into a larger buffer', data: Uint8Array.from([9, 9, 1, 2, 3, 9]).subarray(2, 5) },
    { what: '300 kB', data: Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) % 256) },
  ].map(({ what, data }): ContractCase => ({
    name: `result, checkpoint and beginning come back as they went in: ${what}`,
    run: async (c) => {
      if (data.byteLength > c.store.capabilities.maxBytes) return;
      const key = c.key();
      const one = await c.win(key, { create: c.create({ data }) });
      const began = await c.record(key);
      await c.store.save({ ...holder(one), seq: 1, version: 1, data, leaseMs: LONG_MS });
      const saved = await c.record(key);
      await c.store.settle({ ...holder(one), settlement: done(data) });
      const ended = await c.record(key);

      const replay = await c.store.claim(c.claim(key));

      assert.ok(replay.outcome === 'done');
      for (const got of [one.won.data, began.data, saved.data, ended.result, replay.result]) {
        assert.ok(got instanceof Uint8Array);
        assert.ok(Buffer.from(got).equals(data), `${got.byteLength} bytes back of ${data.byteLength}`);
      }
    },
  })),
  {
    name: 'what is done is answered to everybody, and nothing is written for it',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key);
      await c.store.settle({ ...holder(one), settlement: done(bytes('once')) });
      const before = await c.record(key);

      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) => c.stores[index % c.stores.length]!.claim(c.claim(key, { fingerprint: 'print' }))),
      );

      for (const answer of answers) assert.ok(answer.outcome === 'done' && text(answer.result) === 'once' && answer.epoch === one.epoch);
      assert.deepEqual(await c.record(key), before);
    },
  },
  {
    name: 'what has failed for good is answered with its error, to older code too, and is not tried again',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key, { create: c.create({ version: 5 }), version: 5 });
      await c.store.settle({ ...holder(one), settlement: failed(bytes('why')) });

      const answer = await c.store.claim(c.claim(key, { version: 1 }));

      assert.ok(answer.outcome === 'failed' && text(answer.result) === 'why' && answer.epoch === one.epoch, JSON.stringify(answer));
      assert.equal(text((await c.record(key)).data), 'beginning');
    },
  },
  {
    name: 'what callers do to their bytes afterwards changes nothing in the store',
    run: async (c) => {
      const key = c.key();
      // Of which a slice() is no copy.
      const [began, saved, result] = [Buffer.from('began'), Buffer.from('saved'), Buffer.from('result')];
      const one = await c.win(key, { create: c.create({ data: began }) });
      for (const mine of [began, one.won.data, (await c.record(key)).data]) mine.fill(0);
      const afterClaim = await c.record(key);
      await c.store.save({ ...holder(one), seq: 1, version: 1, data: saved, leaseMs: LONG_MS });
      for (const mine of [saved, (await c.record(key)).data]) mine.fill(0);
      const afterSave = await c.record(key);
      await c.store.settle({ ...holder(one), settlement: done(result) });
      const replay = await c.store.claim(c.claim(key));
      for (const mine of [result, (await c.record(key)).result, replay.outcome === 'done' ? replay.result : result]) mine.fill(0);
      const afterSettle = await c.record(key);

      assert.deepEqual([afterClaim.data, afterSave.data, afterSettle.result].map(text), ['began', 'saved', 'result']);
    },
  },
  {
    name: 'what is larger than the store takes is refused before anything is written',
    run: async (c) => {
      const { maxBytes } = c.store.capabilities;
      if (maxBytes > LARGEST_TRIED_BYTES) return;
      const large = new Uint8Array(maxBytes + 1);
      const key = c.key();
      const one = await c.win(key);
      const before = await c.record(key);

      const refused = { name: 'SpotproofError', code: 'SPOTPROOF_NOT_STORABLE' };
      await assert.rejects(c.store.settle({ ...holder(one), settlement: done(large) }), refused);
      await assert.rejects(c.store.save({ ...holder(one), seq: 1, version: 1, data: large, leaseMs: LONG_MS }), refused);
      await assert.rejects(c.store.claim(c.claim(c.key(), { create: c.create({ data: large }) })), refused);

      assert.deepEqual(await c.record(key), before);
    },
  },
];

/** More is not allocated for a test. */
const LARGEST_TRIED_BYTES = 80 * 1024 * 1024;

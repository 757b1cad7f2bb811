import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TransactionalStore } from '../../../src/store.ts';
import type { CaseContext } from '../case-context.ts';
import { bytes, done, holder, LONG_MS, released, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const TRANSACTION_CASES: readonly ContractCase[] = [
  {
    name: 'an effect and its checkpoint are one',
    needs: 'transactions',
    run: async (c) => {
      const { store, write, committed } = transactions(c);
      const one = await c.win(c.key());
      const effect = randomUUID();

      const answer = await store.transact(
        async (tx) => {
          await write(tx, effect);
          return 'made';
        },
        (result) => ({ ...holder(one), seq: 1, version: 1, data: bytes(result), leaseMs: LONG_MS }),
      );

      assert.equal(answer, 'made');
      assert.deepEqual([(await c.record(one.key)).seq, text((await c.record(one.key)).data)], [1, 'made']);
      assert.equal((await committed()).filter((name) => name === effect).length, 1);
    },
  },
  {
    name: 'an effect of one who was replaced is rolled back with its settlement',
    needs: 'transactions',
    run: async (c) => {
      const { store, write, committed } = transactions(c);
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);
      const effect = randomUUID();

      await assert.rejects(
        store.transact(
          (tx) => write(tx, effect),
          () => ({ ...holder(zombie), settlement: done() }),
        ),
        { name: 'SpotproofError', code: 'SPOTPROOF_CLAIM_LOST' },
      );

      assert.equal((await committed()).includes(effect), false);
      const { state, token } = await c.record(key);
      assert.deepEqual([state, token], ['held', second.token]);
    },
  },
  {
    name: 'work that throws in its transaction leaves neither effect nor checkpoint',
    needs: 'transactions',
    run: async (c) => {
      const { store, write, committed } = transactions(c);
      const one = await c.win(c.key());
      const before = await c.record(one.key);
      const effect = randomUUID();

      await assert.rejects(
        store.transact(
          async (tx) => {
            await write(tx, effect);
            throw new Error('no');
          },
          () => ({ ...holder(one), settlement: done() }),
        ),
        { message: 'no' },
      );

      assert.equal((await committed()).includes(effect), false);
      assert.deepEqual(await c.record(one.key), before);
      assert.equal(await c.store.settle({ ...holder(one), settlement: done() }), 'held');
    },
  },
  {
    name: 'work that ends its transaction itself is told so, and nothing counts as done',
    needs: 'transactions',
    run: async (c) => {
      const { store, write, committed, rollBack } = transactions(c);
      if (rollBack === undefined) return;
      const one = await c.win(c.key());
      const before = await c.record(one.key);
      const effect = randomUUID();
      const requests = [
        { ...holder(one), seq: 1, version: 1, data: bytes('made'), leaseMs: LONG_MS },
        ...[done(), released({ afterMs: 0 })].map((settlement) => ({ ...holder(one), settlement })),
      ];

      for (const request of requests)
        await assert.rejects(
          store.transact(
            async (tx) => {
              await write(tx, effect);
              await rollBack(tx);
            },
            () => request,
          ),
          { name: 'SpotproofError', code: 'SPOTPROOF_MISUSE' },
        );

      assert.equal((await committed()).includes(effect), false);
      assert.deepEqual(await c.record(one.key), before);
    },
  },
];

function transactions({ under }: CaseContext): { readonly store: TransactionalStore<never> } & NonNullable<CaseContext['under']['effects']> {
  assert.ok(under.effects !== undefined && 'transact' in under.store);
  return { store: under.store as TransactionalStore<never>, ...under.effects };
}

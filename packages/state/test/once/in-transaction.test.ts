import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { onceInTransaction, type OnceFunction, type TransactionalStore } from '../../src/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';

type Place = OnceFunction<[id: string], unknown>;

test('work in a transaction is done once, and its result comes again', async () => {
  using shop = openShop();
  const place = shop.placing(shop.store);

  assert.deepEqual([await place('o-1'), await place('o-1')], [1, 1]);
  assert.deepEqual(shop.orders(), ['o-1']);
});

test('when the work throws nothing of it has happened, and the next call does it', async () => {
  using shop = openShop();
  let isOut = true;
  const place = shop.placing(shop.store, () => {
    if (isOut) throw new Error('no stock');
    return 'sold';
  });

  await assert.rejects(place('o-1'), /no stock/);
  assert.deepEqual(shop.orders(), []);
  isOut = false;

  assert.equal(await place('o-1'), 'sold');
  assert.deepEqual(shop.orders(), ['o-1']);
});

test('who comes late has its writes taken back: they are there once, by the attempt that counts', async () => {
  using shop = openShop();
  const other = shop.placing(shop.store, () => 'second');
  const overtaken: TransactionalStore<DatabaseSync> = Object.create(shop.store, {
    transact: {
      value: async (...[work, then]: Parameters<typeof shop.store.transact>) => {
        shop.time.now += 30_001;
        assert.equal(await other('o-1'), 'second');
        return await shop.store.transact(work, then);
      },
    },
    claim: { value: shop.store.claim.bind(shop.store) },
    renew: { value: shop.store.renew.bind(shop.store) },
    settle: { value: shop.store.settle.bind(shop.store) },
  });
  const place = shop.placing(overtaken, () => 'first');

  await assert.rejects(place('o-1'), (error) => isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST'));

  assert.equal(await other('o-1'), 'second');
  assert.deepEqual(shop.orders(), ['o-1']);
});

test('a result that cannot be stored is an error, and nothing has happened', async () => {
  using shop = openShop();

  await assert.rejects(shop.placing(shop.store, () => new Date(0))('o-1'), (error) => isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE'));

  assert.deepEqual(shop.orders(), []);
});

function openShop() {
  const time = { now: 1_700_000_000_000 };
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE orders (id TEXT)');
  const store = createSqliteStore({ database, now: () => time.now });
  return {
    time,
    store,
    /** Writes an order, and then does `work`. */
    placing: (store: TransactionalStore<DatabaseSync>, work: () => unknown = () => 1): Place =>
      onceInTransaction(store, {
        name: 'place',
        scope: () => 'all',
        key: (id: string) => id,
        run: async (tx, _claim, id) => {
          tx.prepare('INSERT INTO orders VALUES (?)').run(id);
          await new Promise(setImmediate);
          return work();
        },
      }),
    orders: () =>
      database
        .prepare('SELECT id FROM orders')
        .all()
        .map(({ id }) => id),
    [Symbol.dispose]: () => database.close(),
  };
}

import pg from 'pg';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';
import { storeContract } from '../contract/store-contract.ts';
import type { StoreUnderTest } from '../contract/under-test.ts';
import { PostgresServer } from '../support/servers/postgres.ts';

storeContract('PostgreSQL', () => underTest(), { transactions: true });

storeContract('PostgreSQL without prepared statements, in a schema and a table of strange names', () => underTest({ isStrange: true }), {
  transactions: true,
});

async function underTest({ isStrange = false } = {}): Promise<StoreUnderTest> {
  const server = await PostgresServer.start();
  const pools = [1, 2].map(() => new pg.Pool({ ...server.connection, max: 6 }));
  const [pool] = pools as [pg.Pool];
  await pool.query('CREATE TABLE effects (name text PRIMARY KEY)');
  if (isStrange) await pool.query('CREATE SCHEMA "Odd ""one"""');
  const [store, ...others] = pools.map((pool) =>
    createPostgresStore({ pool, prepare: !isStrange, ...(isStrange ? { schema: 'Odd "one"', table: "claims'; DROP TABLE effects; --" } : {}) }),
  );
  if (store === undefined) throw new Error('There is a pool, and so a store.');
  await store.migrate();
  return {
    store,
    others,
    effects: {
      write: async (tx: pg.PoolClient, name) => {
        await tx.query('INSERT INTO effects VALUES ($1)', [name]);
      },
      rollBack: (tx: pg.PoolClient) => tx.query('ROLLBACK'),
      committed: async () => (await pool.query<{ name: string }>('SELECT name FROM effects')).rows.map(({ name }) => name),
    },
    dispose: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server[Symbol.asyncDispose]();
    },
  };
}

import test from 'node:test';
import pg from 'pg';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';
import { followModel } from '../support/follow-model.ts';
import { PostgresServer } from '../support/servers/postgres.ts';

test('SQLite answers every history as the protocol does, and keeps the same record', async () => {
  let nowMs = 0;
  using store = createSqliteStore({ path: ':memory:', now: () => nowMs });

  await followModel({ store, setNow: (ms) => void (nowMs = ms) }, { runs: 300 });
});

test('PostgreSQL answers every history as the protocol does, and keeps the same record', async () => {
  await using server = await PostgresServer.start();
  // A clock of our own, which is found before the server's.
  const pool = new pg.Pool({ ...server.connection, options: '-c search_path=fake,pg_catalog' });
  try {
    await pool.query(`CREATE SCHEMA fake;
      CREATE TABLE fake.clock (ms bigint NOT NULL);
      INSERT INTO fake.clock VALUES (0);
      CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
        $$ SELECT 'epoch'::timestamptz + ms * interval '1 millisecond' FROM fake.clock $$`);
    const store = createPostgresStore({ pool });
    await store.migrate();
    const setNow = async (ms: number): Promise<void> => {
      await pool.query({ name: 'set', text: 'UPDATE fake.clock SET ms = $1', values: [ms] });
    };

    await followModel({ store, setNow }, { runs: 40 });
  } finally {
    await pool.end();
  }
});

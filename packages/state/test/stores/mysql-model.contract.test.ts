import test from 'node:test';
import { createPool } from 'mysql2/promise';
import { createMysqlStore } from '../../src/stores/mysql/index.ts';
import { followModel } from '../support/follow-model.ts';
import { MariadbServer } from '../support/servers/mariadb.ts';

for (const flavour of ['auto', 'mysql'] as const) {
  test(`MariaDB, asked as ${flavour}, answers every history as the protocol does, and keeps the same record`, async () => {
    await using server = await MariadbServer.start();
    // One connection, whose session has a clock of its own.
    const pool = createPool({ ...server.connection, connectionLimit: 1 });
    try {
      const store = createMysqlStore({ pool, flavour });
      await store.migrate();
      const setNow = async (ms: number): Promise<void> => {
        await pool.query(`SET timestamp = ${ms / 1000}`);
      };

      await followModel({ store, setNow }, { runs: 15 });
    } finally {
      await pool.end();
    }
  });
}

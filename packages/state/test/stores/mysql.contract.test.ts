import { createPool, type Pool, type PoolConnection } from 'mysql2/promise';
import { createMysqlStore, type Flavour } from '../../src/stores/mysql/index.ts';
import { storeContract } from '../contract/store-contract.ts';
import type { StoreUnderTest } from '../contract/under-test.ts';
import { MariadbServer } from '../support/servers/mariadb.ts';

storeContract('MariaDB, which answers at once', () => makeStore('auto'), { transactions: true });
storeContract('MariaDB asked as MySQL is, in two statements', () => makeStore('mysql'), { transactions: true });

async function makeStore(flavour: Flavour): Promise<StoreUnderTest> {
  // As servers from 11.6 on are by default.
  const settings = { loose_innodb_snapshot_isolation: flavour === 'auto' ? '1' : '0' };
  const server = await MariadbServer.start({ settings });
  // The second as somebody may set it up who has never heard of us.
  const pools = [
    createPool(server.connection),
    createPool({
      ...server.connection,
      flags: ['-FOUND_ROWS'],
      charset: 'LATIN1_SWEDISH_CI',
      timezone: '+05:30',
      rowsAsArray: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      typeCast: false,
      dateStrings: true,
      namedPlaceholders: true,
    }),
  ] as const;
  pools[1].pool.on('connection', (connection) => {
    connection.query(`SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,EMPTY_STRING_IS_NULL', time_zone = '-08:00'`);
  });
  await pools[0].query('CREATE TABLE effects (name VARCHAR(64)) ENGINE=InnoDB');
  const [store, other] = pools.map((pool: Pool) => createMysqlStore({ pool, flavour }));
  if (store === undefined || other === undefined) throw new Error('There are two pools.');
  await Promise.all([store.migrate(), other.migrate()]);
  return {
    store,
    others: [other],
    effects: {
      write: async (tx: PoolConnection, name: string) => {
        await tx.query('INSERT INTO effects VALUES (?)', [name]);
      },
      ...(flavour === 'mysql' ? {} : { rollBack: (tx: PoolConnection) => tx.query('ROLLBACK') }),
      committed: async () => {
        const [rows] = await pools[0].query('SELECT name FROM effects');
        return (rows as { readonly name: string }[]).map(({ name }) => name);
      },
    },
    dispose: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server[Symbol.asyncDispose]();
    },
  };
}

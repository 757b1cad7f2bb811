import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Redis } from 'ioredis';
import { createPool, type PoolConnection } from 'mysql2/promise';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { ClaimStore, TransactionalStore } from '../../src/index.ts';
import { createDynamodbStore } from '../../src/stores/dynamodb/index.ts';
import { createMysqlStore } from '../../src/stores/mysql/index.ts';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';
import { createRedisStore } from '../../src/stores/redis/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Where a store is, as text that a worker process can be given. */
export type StoreSpec =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly connection: Address }
  | { readonly kind: 'mariadb'; readonly connection: Address }
  | { readonly kind: 'redis'; readonly socketPath: string }
  | { readonly kind: 'dynamodb'; readonly endpoint: string; readonly table: string };

/** A store with connections of this process's own. What breaks them is told to whoever calls. */
export interface OpenStore {
  readonly store: ClaimStore;
  readonly close: () => unknown;
  readonly migrate: () => Promise<unknown>;
  /** Only of a store with transactions. */
  readonly ledger: Ledger | undefined;
}

/** Effects that stand in the same database as the claims. */
export interface Ledger {
  /** As this store's `transact` takes it: what `tx` is, it knows itself. */
  readonly store: TransactionalStore<unknown>;
  write(tx: unknown, job: string, step: number): Promise<void>;
  /** All that was committed, as `job/step`. */
  read(): Promise<readonly string[]>;
}

export function openStore(spec: StoreSpec): OpenStore {
  switch (spec.kind) {
    case 'sqlite':
      return openSqlite(spec.path);
    case 'postgres':
      return openPostgres(spec.connection);
    case 'mariadb':
      return openMariadb(spec.connection);
    case 'redis': {
      const client = new Redis(spec.socketPath, {
        maxRetriesPerRequest: 2,
        retryStrategy: () => 100,
        // Otherwise the client itself sends a call twice when its connection breaks, and the history knows of one.
        autoResendUnfulfilledCommands: false,
      });
      client.on('error', () => {});
      return { store: createRedisStore({ client }), close: () => client.disconnect(), migrate: NOTHING, ledger: undefined };
    }
    case 'dynamodb': {
      const client = new DynamoDB({ endpoint: spec.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
      return { store: createDynamodbStore({ client, table: spec.table }), close: () => client.destroy(), migrate: NOTHING, ledger: undefined };
    }
  }
}

function openSqlite(file: string): OpenStore {
  const store = createSqliteStore({ path: file, durability: 'normal' });
  const database = new DatabaseSync(file, { timeout: 5000 });
  return {
    store,
    close: () => {
      database.close();
      store.close();
    },
    // oxlint-disable-next-line typescript/require-await -- the others have to wait
    migrate: async () => database.exec('CREATE TABLE IF NOT EXISTS ledger (effect TEXT)'),
    ledger: {
      store,
      // oxlint-disable-next-line typescript/require-await -- as above
      write: async (tx, job, step) => {
        (tx as DatabaseSync).prepare('INSERT INTO ledger VALUES (?)').run(`${job}/${step}`);
      },
      // oxlint-disable-next-line typescript/require-await -- as above
      read: async () =>
        database
          .prepare('SELECT effect FROM ledger')
          .all()
          .map(({ effect }) => String(effect)),
    },
  };
}

function openPostgres(connection: Address): OpenStore {
  const pool = new pg.Pool({ ...connection, max: 4, connectionTimeoutMillis: 3000 });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  const store = createPostgresStore({ pool });
  return {
    store,
    close: () => pool.end(),
    migrate: async () => {
      await store.migrate();
      await pool.query('CREATE TABLE IF NOT EXISTS ledger (effect text)');
    },
    ledger: {
      store,
      write: async (tx, job, step) => {
        await (tx as pg.PoolClient).query('INSERT INTO ledger VALUES ($1)', [`${job}/${step}`]);
      },
      read: async () => (await pool.query<{ effect: string }>('SELECT effect FROM ledger')).rows.map(({ effect }) => effect),
    },
  };
}

function openMariadb(connection: Address): OpenStore {
  const pool = createPool({ ...connection, connectionLimit: 4, connectTimeout: 3000 });
  const store = createMysqlStore({ pool });
  return {
    store,
    close: () => pool.end(),
    migrate: async () => {
      await store.migrate();
      await pool.query('CREATE TABLE IF NOT EXISTS ledger (effect VARCHAR(200)) ENGINE=InnoDB');
    },
    ledger: {
      store,
      write: async (tx, job, step) => {
        await (tx as PoolConnection).query('INSERT INTO ledger VALUES (?)', [`${job}/${step}`]);
      },
      read: async () => {
        const [rows] = await pool.query('SELECT effect FROM ledger');
        return (rows as { readonly effect: string }[]).map(({ effect }) => effect);
      },
    },
  };
}

const NOTHING = (): Promise<void> => Promise.resolve();

import { setTimeout as wait } from 'node:timers/promises';
import { type CreateTableCommandInput, DynamoDB } from '@aws-sdk/client-dynamodb';
import type { ClaimStore } from '@spotproof/state';
import { createDynamodbStore, dynamodbTable } from '@spotproof/state/dynamodb';
import { createMysqlStore } from '@spotproof/state/mysql';
import { createPostgresStore } from '@spotproof/state/postgres';
import { createRedisStore } from '@spotproof/state/redis';
import { createSqliteStore } from '@spotproof/state/sqlite';
import { Redis } from 'ioredis';
import { createPool, type Pool as MysqlPool } from 'mysql2/promise';
import pg from 'pg';

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Where a store is, as text that a worker process can be given. */
export type StoreSpec =
  | { readonly kind: 'redis'; readonly socketPath: string }
  | { readonly kind: 'postgres' | 'mariadb'; readonly connection: Address }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'dynamodb'; readonly endpoint: string; readonly table: string; readonly maxClockSkewMs?: number };

export interface OpenStore {
  readonly store: ClaimStore;
  /** Makes the table, where there is one. */
  readonly migrate: () => Promise<unknown>;
  readonly close: () => unknown;
}

/** With a client of this process's own. @param connections Where there is a pool. */
export function openStore(spec: StoreSpec, connections = 4): OpenStore {
  switch (spec.kind) {
    case 'redis': {
      const client = ioredisClient(spec.socketPath);
      return { store: createRedisStore({ client }), migrate: nothing, close: () => client.disconnect() };
    }
    case 'postgres': {
      const pool = postgresPool(spec.connection, connections);
      const store = createPostgresStore({ pool });
      return { store, migrate: () => store.migrate(), close: () => pool.end() };
    }
    case 'mariadb': {
      const pool = mysqlPool(spec.connection, connections);
      const store = createMysqlStore({ pool });
      return { store, migrate: () => store.migrate(), close: () => pool.end() };
    }
    case 'sqlite': {
      const store = createSqliteStore({ path: spec.path });
      return { store, migrate: nothing, close: () => store.close() };
    }
    case 'dynamodb': {
      const client = dynamodbClient(spec.endpoint);
      const { table, maxClockSkewMs } = spec;
      return {
        store: createDynamodbStore({ client, table, ...(maxClockSkewMs === undefined ? {} : { maxClockSkewMs }) }),
        migrate: () => createTable(client, dynamodbTable({ table })),
        close: () => client.destroy(),
      };
    }
  }
}

export function ioredisClient(socketPath: string): Redis {
  const client = new Redis(socketPath, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  return client;
}

export function postgresPool(connection: Address, max: number): pg.Pool {
  const pool = new pg.Pool({ ...connection, max });
  pool.on('error', () => {});
  return pool;
}

export function mysqlPool(connection: Address, connectionLimit: number): MysqlPool {
  return createPool({ ...connection, connectionLimit });
}

export function dynamodbClient(endpoint: string): DynamoDB {
  return new DynamoDB({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}

/** Resolves when it can be used. */
export async function createTable(client: DynamoDB, input: CreateTableCommandInput): Promise<void> {
  await client.createTable(input);
  while ((await client.describeTable({ TableName: input.TableName })).Table?.TableStatus !== 'ACTIVE') await wait(20);
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

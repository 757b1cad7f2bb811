import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { SpotproofError } from '@spotproof/core';
import type { ClaimStore } from '@spotproof/state';
import { createDynamodbStore, dynamodbTable, type DynamodbClient, type DynamodbTable } from '@spotproof/state/dynamodb';
import { createMysqlStore, type MysqlPool } from '@spotproof/state/mysql';
import { createPostgresStore, type PostgresPool } from '@spotproof/state/postgres';
import { createRedisStore, type RedisClient } from '@spotproof/state/redis';
import { createSqliteStore } from '@spotproof/state/sqlite';
import type { DynamodbAddress, MysqlAddress, PostgresAddress, RedisAddress, SqliteAddress, StoreAddress } from '../../state/store-address.ts';
import { loadClient } from './load-client.ts';

/** A store, and the connection to it that must be closed. */
export interface OpenStore {
  readonly store: ClaimStore & { readonly sweep?: (options: { readonly limit: number }) => Promise<number> };
  /** Makes what the store needs, or brings it to its present layout. @returns A sentence that says what there is. */
  readonly migrate: () => Promise<string>;
  readonly close: () => Promise<void> | void;
}

export interface OpenOptions {
  /** Where the user's clients, and files, are looked for. */
  readonly cwd: string;
  /** May make a database file that is not there. */
  readonly creates: boolean;
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` when there is no client or no file, `SPOTPROOF_STORE` when it cannot be connected to. */
export async function openStore(address: StoreAddress, options: OpenOptions): Promise<OpenStore> {
  switch (address.kind) {
    case 'sqlite':
      return openSqlite(address, options);
    case 'postgres':
      return openPostgres(address, options);
    case 'mysql':
      return openMysql(address, options);
    case 'redis':
      return await openRedis(address, options);
    case 'dynamodb':
      return openDynamodb(address, options);
  }
}

function openSqlite({ path: file, table, label }: SqliteAddress, { cwd, creates }: OpenOptions): OpenStore {
  const full = path.resolve(cwd, file);
  // Opening a store makes its table: nobody wants one in whatever file was named by mistake.
  if (!creates && !hasTable(full, table ?? 'spotproof_claims'))
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `There is no table of claims in ${full}. Correct the path, or make one: npx spotproof state migrate --store ${label}.`,
    );
  const store = createSqliteStore({ path: full, ...(table === undefined ? {} : { table }) });
  return { store, migrate: () => Promise.resolve(`The table is in ${full}.`), close: () => store.close() };
}

function hasTable(file: string, table: string): boolean {
  if (!existsSync(file)) return false;
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table) !== undefined;
  } catch {
    // What is wrong with it is told when it is opened.
    return true;
  }
}

function openPostgres({ url, schema, table, label }: PostgresAddress, { cwd }: OpenOptions): OpenStore {
  const { module } = loadClient<PgModule, 'pg'>(['pg'], cwd);
  const pool = new module.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    application_name: 'spotproof state',
  });
  pool.on('error', ignore);
  const store = createPostgresStore({ pool, ...(schema === undefined ? {} : { schema }), ...(table === undefined ? {} : { table }) });
  return { store, migrate: async () => migrated(await store.migrate(), label), close: () => pool.end() };
}

function openMysql({ url, table, maxBytes, label }: MysqlAddress, { cwd }: OpenOptions): OpenStore {
  const { module } = loadClient<MysqlModule, 'mysql2/promise'>(['mysql2/promise'], cwd);
  const pool = module.createPool({ uri: url, connectionLimit: CONNECTIONS, connectTimeout: CONNECT_MS });
  const store = createMysqlStore({ pool, ...(table === undefined ? {} : { table }), ...(maxBytes === undefined ? {} : { maxBytes }) });
  return { store, migrate: async () => migrated(await store.migrate(), label), close: () => pool.end() };
}

async function openRedis({ url, prefix, shards, durability, isCluster, label }: RedisAddress, { cwd }: OpenOptions): Promise<OpenStore> {
  const { name, module } = loadClient<NodeRedisModule & IoredisModule, 'redis' | 'ioredis'>(['redis', 'ioredis'], cwd);
  const { client, connect, close } = name === 'redis' ? byNodeRedis(module, url, isCluster) : byIoredis(module, url, isCluster);
  let trouble: unknown;
  client.on('error', (error) => (trouble ??= error));
  try {
    // Some clients of a Cluster that is not ready neither connect nor fail.
    await withinMs(2 * CONNECT_MS, connect());
  } catch (error) {
    close();
    throw new SpotproofError('SPOTPROOF_STORE', `${label} cannot be reached: ${sentenceOf(trouble ?? error)}`, { retryable: true, cause: error });
  }
  try {
    const store = createRedisStore({
      client,
      ...(prefix === undefined ? {} : { prefix }),
      ...(shards === undefined ? {} : { shards }),
      ...(durability === undefined ? {} : { durability }),
    });
    return { store, migrate: () => Promise.resolve(`${label} needs no table.`), close };
  } catch (error) {
    // Its connection would keep the process from ending.
    close();
    throw error;
  }
}

interface RedisConnection {
  readonly client: RedisClient & Emitter;
  readonly connect: () => Promise<unknown>;
  readonly close: () => void;
}

function byNodeRedis({ createClient, createCluster }: NodeRedisModule, url: string, isCluster: boolean): RedisConnection {
  const { username, password, protocol } = new URL(url);
  const socket = { reconnectStrategy: false, connectTimeout: CONNECT_MS, ...(protocol === 'rediss:' ? { tls: true } : {}) };
  // The nodes that a Cluster names are told neither user nor TLS by the address of the first one.
  const login = {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
  const client = isCluster ? createCluster({ rootNodes: [{ url }], defaults: { ...login, socket } }) : createClient({ url, socket });
  return { client, connect: () => client.connect(), close: () => client.destroy() };
}

function byIoredis({ Redis, Cluster }: IoredisModule, url: string, isCluster: boolean): RedisConnection {
  const { hostname, port, username, password, protocol } = new URL(url);
  const options = { lazyConnect: true, connectTimeout: CONNECT_MS, maxRetriesPerRequest: 1, retryStrategy: () => null };
  const redisOptions = {
    ...options,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
  const client = isCluster
    ? new Cluster([{ host: hostname, port: port === '' ? 6379 : Number(port) }], {
        lazyConnect: true,
        clusterRetryStrategy: () => null,
        redisOptions,
      })
    : new Redis(url, options);
  return { client, connect: () => client.connect(), close: () => client.disconnect() };
}

function openDynamodb({ table, region, endpoint, indexShards, label }: DynamodbAddress, { cwd }: OpenOptions): OpenStore {
  const { module } = loadClient<DynamodbModule, '@aws-sdk/client-dynamodb'>(['@aws-sdk/client-dynamodb'], cwd);
  const client = new module.DynamoDB({
    ...(region === undefined ? {} : { region }),
    // What answers elsewhere than AWS asks for no account.
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const store = createDynamodbStore({ client, table, ...(indexShards === undefined ? {} : { indexShards }) });
  return { store, migrate: () => makeTable(client, table, label), close: () => client.destroy() };
}

/** A table that is there is left as it is: `check` says whether it is the right one. */
async function makeTable(client: DynamodbAdmin, table: string, label: string): Promise<string> {
  try {
    await client.createTable(dynamodbTable({ table }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException')
      return `${label} is there already, and was left as it is. \`spotproof state check\` looks at it.`;
    throw dynamodbError(error);
  }
  try {
    await untilActive(client, table);
    await client.updateTimeToLive({ TableName: table, TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } });
    return `${label} is made, with time to live on for expiresAt.`;
  } catch (error) {
    if (error instanceof SpotproofError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return `${label} is made, but time to live could not be switched on for expiresAt: ${why.trim() === '' ? 'no reason was given' : why}. Records are not removed until it is.`;
  }
}

async function untilActive(client: DynamodbAdmin, table: string): Promise<void> {
  const end = performance.now() + TABLE_MS;
  for (;;) {
    const { Table } = await client.describeTable({ TableName: table });
    if (Table?.TableStatus === 'ACTIVE') return;
    if (performance.now() > end)
      throw new SpotproofError(
        'SPOTPROOF_STORE',
        `The table ${table} is still ${Table?.TableStatus ?? 'not there'} after ${TABLE_MS / 1000} s. Switch time to live on for expiresAt when it is ACTIVE.`,
      );
    await delay(LOOK_MS);
  }
}

function dynamodbError(error: unknown): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', `DynamoDB: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}.`, {
    cause: error,
  });
}

function migrated(_done: void, label: string): string {
  return `The table is in ${label}.`;
}

/** Keeps the process alive until then. */
async function withinMs(ms: number, answer: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const late = delay(ms, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`no answer within ${ms / 1000} s`);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    limit.abort();
    late.catch(ignore);
  }
}

function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.endsWith('.') ? message : `${message}.`;
}

/** What was asked tells of the same trouble. */
function ignore(): void {}

interface Emitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

interface PgModule {
  readonly Pool: new (options: object) => PostgresPool & Emitter & { end(): Promise<void> };
}

interface MysqlModule {
  readonly createPool: (options: object) => MysqlPool & { end(): Promise<void> };
}

interface NodeRedisModule {
  readonly createClient: (options: object) => RedisClient & Emitter & { connect(): Promise<unknown>; destroy(): void };
  readonly createCluster: (options: object) => RedisClient & Emitter & { connect(): Promise<unknown>; destroy(): void };
}

interface IoredisModule {
  readonly Redis: new (url: string, options: object) => RedisClient & Emitter & { connect(): Promise<unknown>; disconnect(): void };
  readonly Cluster: new (nodes: readonly object[], options: object) => RedisClient & Emitter & { connect(): Promise<unknown>; disconnect(): void };
}

interface DynamodbModule {
  readonly DynamoDB: new (options: object) => DynamodbAdmin & { destroy(): void };
}

interface DynamodbAdmin extends DynamodbClient {
  createTable(input: DynamodbTable): Promise<unknown>;
  updateTimeToLive(input: { TableName: string; TimeToLiveSpecification: { AttributeName: string; Enabled: boolean } }): Promise<unknown>;
}

/** As many as race in `check`. */
const CONNECTIONS = 4;
const CONNECT_MS = 5000;
const ANSWER_MS = 30_000;
const TABLE_MS = 60_000;
const LOOK_MS = 250;

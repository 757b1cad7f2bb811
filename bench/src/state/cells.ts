import { DatabaseSync } from 'node:sqlite';
import { MemoryStore } from '@spotproof/state';
import { createDynamodbStore, dynamodbTable } from '@spotproof/state/dynamodb';
import { createMysqlStore } from '@spotproof/state/mysql';
import { createPostgresStore } from '@spotproof/state/postgres';
import { createRedisStore } from '@spotproof/state/redis';
import { createSqliteStore } from '@spotproof/state/sqlite';
import { createClient, type RedisClientType } from 'redis';
import { tableOfIds, dynamodbFloor, ioredisFloor, mysqlFloor, nodeRedisFloor, postgresFloor, sqliteFloor } from './floors.ts';
import { createTable, dynamodbClient, ioredisClient, mysqlPool, postgresPool, type StoreSpec } from './open-store.ts';
import { emptyScripts } from './empty-scripts.ts';
import { serveExpress } from './express.ts';
import { startProgram, startServer } from './servers.ts';
import type { Cell, Side } from './sides.ts';
import { RESULT, spotproofOn, type Work } from './spotproof.ts';

/** Starts what the cells of one store need, and hands them out one after the other. */
export interface Group {
  readonly name: string;
  readonly cells: () => AsyncGenerator<Cell>;
}

export const GROUPS: readonly Group[] = [
  { name: 'ioredis', cells: ioredis },
  { name: 'node-redis', cells: nodeRedis },
  { name: 'node-redis-far', cells: nodeRedisFar },
  { name: 'PostgreSQL', cells: postgres },
  { name: 'MariaDB', cells: mariadb },
  { name: 'SQLite', cells: sqlite },
  { name: 'DynamoDB', cells: dynamodb },
  { name: 'Express', cells: express },
];

/** The bars of facts: what a prototype of this protocol had reached. */
const BOUNDS: Readonly<Record<string, Partial<Record<keyof Work, number>>>> = {
  'ioredis 64': { first: 0.75, replay: 0.75, step: 0.8 },
  'node-redis 64': { first: 0.75, replay: 0.5, step: 0.8 },
  'PostgreSQL 32': { first: 0.8, replay: 0.65, step: 0.8 },
  'MariaDB 32': { step: 0.8 },
  'SQLite 1': { step: 0.8 },
  'DynamoDB 8': { step: 0.8 },
};

type Peer = { readonly name: string } & Partial<Work>;

function* cellsOf(
  store: string,
  inFlight: number,
  { floor, own, peers = [] }: { readonly floor: Work; readonly own: Work; readonly peers?: readonly Peer[] },
): Generator<Cell> {
  for (const work of ['first', 'replay', 'step', 'heartbeat'] as const) {
    const sides: Side[] = [
      { name: 'floor', act: floor[work] },
      { name: 'spotproof', act: own[work] },
    ];
    for (const peer of peers) {
      const act = peer[work];
      if (act !== undefined) sides.push({ name: peer.name, act });
    }
    const bound = BOUNDS[`${store} ${inFlight}`]?.[work];
    yield { store, work, inFlight, sides, ...(bound === undefined ? {} : { bound }) };
  }
}

async function* ioredis(): AsyncGenerator<Cell> {
  await using server = await startServer('redis');
  const client = ioredisClient(pathOf(server.spec));
  for (const inFlight of [1, 64]) {
    await client.flushall();
    const own = await spotproofOn(createRedisStore({ client }), inFlight);
    const peers = [{ name: 'empty scripts', ...(await emptyScripts((command = '', ...args) => client.callBuffer(command, ...args))) }];
    yield* cellsOf('ioredis', inFlight, { floor: await ioredisFloor(client), own, peers });
  }
  client.disconnect();
}

async function* nodeRedis(): AsyncGenerator<Cell> {
  await using server = await startServer('redis');
  yield* nodeRedisCells('node-redis', { path: pathOf(server.spec), tls: false });
}

/** A network in between: what is left of the difference where it is not all CPU. */
async function* nodeRedisFar(): AsyncGenerator<Cell> {
  await using server = await startServer('redis');
  await using far = await startProgram('far.mjs', [pathOf(server.spec)]);
  yield* nodeRedisCells('node-redis 1 ms away', { host: '127.0.0.1', port: far.port });
}

async function* nodeRedisCells(name: string, socket: RedisSocket): AsyncGenerator<Cell> {
  const client: RedisClientType = createClient({ socket });
  client.on('error', () => {});
  await client.connect();
  const { nodeIdempotency, powertoolsOnRedis } = await loadPeers();
  for (const inFlight of [1, 64]) {
    await client.flushAll();
    const own = await spotproofOn(createRedisStore({ client }), inFlight);
    const other = await nodeIdempotency(socket, RESULT);
    const peers = [
      { name: 'empty scripts', ...(await emptyScripts((...command) => client.sendCommand(command, { typeMapping: { 36: Buffer } }))) },
      { ...(await powertoolsOnRedis(client, RESULT)), name: 'Powertools' },
      { ...other, name: '@node-idempotency' },
    ];
    yield* cellsOf(name, inFlight, { floor: await nodeRedisFloor(client), own, peers });
    await other.close();
  }
  client.destroy();
}

async function* postgres(): AsyncGenerator<Cell> {
  await using server = await startServer('postgres');
  if (server.spec.kind !== 'postgres') return;
  const pool = postgresPool(server.spec.connection, 32);
  const store = createPostgresStore({ pool });
  await store.migrate();
  yield* cellsOf('PostgreSQL', 32, { floor: await postgresFloor(pool), own: await spotproofOn(store, 32) });
  await pool.end();
}

async function* mariadb(): AsyncGenerator<Cell> {
  await using server = await startServer('mariadb');
  if (server.spec.kind !== 'mariadb') return;
  const pool = mysqlPool(server.spec.connection, 32);
  const store = createMysqlStore({ pool });
  await store.migrate();
  yield* cellsOf('MariaDB', 32, { floor: await mysqlFloor(pool), own: await spotproofOn(store, 32) });
  await pool.end();
}

async function* sqlite(): AsyncGenerator<Cell> {
  await using server = await startServer('sqlite');
  if (server.spec.kind !== 'sqlite') return;
  using store = new Disposing(createSqliteStore({ path: server.spec.path, durability: 'full' }));
  using database = new DatabaseSync(`${server.spec.path}.floor`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  yield* cellsOf('SQLite', 1, { floor: await sqliteFloor(database), own: await spotproofOn(store.of, 1) });
}

async function* dynamodb(): AsyncGenerator<Cell> {
  await using server = await startServer('dynamodb');
  if (server.spec.kind !== 'dynamodb') return;
  const { endpoint, table } = server.spec;
  const client = dynamodbClient(endpoint);
  const peersClient = dynamodbClient(endpoint);
  await createTable(client, dynamodbTable({ table }));
  await createTable(client, tableOfIds('powertools'));
  const { powertoolsOnDynamodb } = await loadPeers();
  const peers = [{ ...(await powertoolsOnDynamodb(peersClient, 'powertools', RESULT)), name: 'Powertools' }];
  yield* cellsOf('DynamoDB', 8, { floor: await dynamodbFloor(client), own: await spotproofOn(createDynamodbStore({ client, table }), 8), peers });
  peersClient.destroy();
  client.destroy();
}

/** Middleware in memory: the whole request, against the same app without any. */
async function* express(): AsyncGenerator<Cell> {
  const { expressIdempotency } = await loadPeers();
  await using floor = await serveExpress({ kind: 'bare' });
  await using own = await serveExpress({ kind: 'spotproof', store: new MemoryStore() });
  await using peer = await serveExpress({ kind: 'peer', ...(await expressIdempotency()) });
  for (const work of ['first', 'replay'] as const)
    yield {
      store: 'Express',
      work,
      inFlight: 16,
      sides: [
        { name: 'floor', act: floor[work] },
        { name: 'spotproof', act: own[work] },
        { name: 'express-idempotency', act: peer[work] },
      ],
    };
}

class Disposing<T extends { close(): unknown }> {
  readonly of: T;

  constructor(of: T) {
    this.of = of;
  }

  [Symbol.dispose](): void {
    this.of.close();
  }
}

function pathOf(spec: StoreSpec): string {
  if (spec.kind !== 'redis') throw new Error('Redis was asked for.');
  return spec.socketPath;
}

/** As node-redis takes it. */
type RedisSocket = { readonly path: string; readonly tls: false } | { readonly host: string; readonly port: number };

type FirstAndReplay = Pick<Work, 'first' | 'replay'>;

interface Peers {
  readonly powertoolsOnRedis: (client: unknown, result: unknown) => Promise<FirstAndReplay>;
  readonly powertoolsOnDynamodb: (client: unknown, table: string, result: unknown) => Promise<FirstAndReplay>;
  readonly powertoolsInMemory: (result: unknown) => Promise<FirstAndReplay>;
  readonly nodeIdempotency: (socket: RedisSocket, result: unknown) => Promise<FirstAndReplay & { readonly close: () => Promise<void> }>;
  readonly expressIdempotency: () => Promise<{
    readonly middleware: (request: unknown, response: unknown, next: () => void) => unknown;
    readonly isHit: (request: unknown) => boolean;
  }>;
}

/** By a name that TypeScript does not follow: they have no types, and are not there before the first use. */
export async function loadPeers(): Promise<Peers> {
  const peers: Peers = await import(new URL('./peers.mjs', import.meta.url).href);
  return peers;
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { StoreCapabilities } from '../../packages/state/src/store.ts';
import { MemoryStore } from '../../packages/state/src/stores/memory/memory-store.ts';
import { createDynamodbStore, dynamodbTable, type DynamodbClient } from '../../packages/state/src/stores/dynamodb/index.ts';
import { itemOf } from '../../packages/state/src/stores/dynamodb/item.ts';
import { createMysqlStore, mysqlSchema } from '../../packages/state/src/stores/mysql/index.ts';
import { createPostgresStore, postgresSchema } from '../../packages/state/src/stores/postgres/index.ts';
import { createRedisStore } from '../../packages/state/src/stores/redis/index.ts';
import { Keys } from '../../packages/state/src/stores/redis/keys.ts';
import { createSqliteStore, sqliteSchema } from '../../packages/state/src/stores/sqlite/index.ts';
import { ROOT } from '../support/workspace.ts';
import type { HoldingTest } from './feature-matrix.ts';

/** What the reference page says of one store: as much as can be from the store itself. */
export interface StoreEntry {
  readonly title: string;
  /** Of the package; undefined: its main entry. */
  readonly door: string | undefined;
  readonly create: string;
  readonly client: string;
  readonly capabilities: StoreCapabilities;
  readonly transactions: 'transact()' | 'transactItems()' | undefined;
  readonly oldest: string;
  readonly durability: string;
  readonly clock: string;
  /** What a first call, a replay, a busy answer, a take-over, a step and a heartbeat cost; with the tests that count them. */
  readonly roundTrips: string;
  readonly countedBy: readonly HoldingTest[];
  /** What `check()` refuses, and what it warns of. */
  readonly refuses: string;
  readonly warns: string;
  readonly limits: readonly string[];
  /** Interfaces with the options, by file in `packages/state/src/stores`. */
  readonly options: readonly (readonly [file: string, name: string])[];
  readonly layout: string;
}

export const STORES: readonly StoreEntry[] = [
  {
    title: 'Memory',
    door: undefined,
    create: 'new MemoryStore()',
    client: 'none',
    capabilities: new MemoryStore().capabilities,
    transactions: undefined,
    oldest: '',
    durability: 'None: it is gone with the process. For tests, and for work that no other process does.',
    clock: "The process's.",
    roundTrips: 'none',
    countedBy: [],
    refuses: 'Nothing.',
    warns: 'Nothing.',
    limits: ['Nothing is removed by itself: `purge()` does.'],
    options: [['memory/memory-store.ts', 'MemoryStoreOptions']],
    layout: '',
  },
  {
    title: 'SQLite',
    door: 'sqlite',
    create: 'createSqliteStore({ path })',
    client: 'none: `node:sqlite`, of which Node 22 says on standard error that it is experimental',
    ...sqlite(),
    oldest: 'Node 22.18, with what SQLite it has',
    durability:
      '`sync` with `durability: "full"`, the default: an answered write survives the loss of power. `async` with `"normal"`: it survives the end of the process; the last ones may not survive that of the machine.',
    clock: "The machine's: all who open the file are on it.",
    roundTrips: 'none: every call works in place, on the thread of its caller, for as long as the disk takes',
    countedBy: [],
    refuses: 'A file that cannot be opened, read or written; a layout of newer code; a race that not exactly one wins.',
    warns: 'A database without a write-ahead log.',
    limits: [
      'For the processes of one machine, and not on a network file system, where its locks do not hold. The own disk of a Fargate task is gone with the task.',
      'A file that is removed or replaced while it is open is refused from the next write on: whoever opens the path then has another one.',
      'Settled records stay until `sweep()` or `purge()` removes them.',
    ],
    options: [
      ['sqlite/sqlite-store.ts', 'SqliteStoreOptions'],
      ['sqlite/schema.ts', 'SqliteSchemaOptions'],
    ],
    layout: sql(
      sqliteSchema(),
      'The store makes the table when it opens the file. Layouts are numbered in a table of their own, `spotproof_layouts`.',
    ),
  },
  {
    title: 'PostgreSQL',
    door: 'postgres',
    create: 'createPostgresStore({ pool })',
    client: '`pg`, or what has its `query()` and `connect()`',
    ...of(createPostgresStore({ pool: { query: unused, connect: unused } })),
    oldest: `PostgreSQL ${Number(constantIn('postgres/check-server.ts', 'OLDEST')) / 10_000}`,
    durability:
      '`sync` where `fsync` is on and `synchronous_commit` is not off; otherwise `async`. `check()` reads both. What a failover keeps is up to how the standby is fed: [which store](../guides/which-store.md).',
    clock: "The server's `clock_timestamp()`.",
    roundTrips: 'a first call 2, a replay 1, a busy answer 1, a step 1, a heartbeat 1. Taking over by a call that would also create takes one more',
    countedBy: [state('stores/postgres.process', 'a first call is two, and a replay, a busy answer, a step and a heartbeat are one each')],
    refuses:
      'An older server; a replica, or a session that is set to read-only; a table that is missing or not of the present layout; a race that not exactly one wins.',
    warns:
      '`fsync` or `synchronous_commit` off; a default isolation other than READ COMMITTED; an encoding that lacks letters; a pool to whose `error` nobody listens, so that a failover ends the process.',
    limits: [
      'Nothing is kept with a connection: poolers in transaction mode are no obstacle, with `prepare: false` where they know nothing of prepared statements.',
      'A replay locks nothing and writes nothing.',
      'Heartbeats need a connection while work has one for its transaction: give the pool more of them than there is work at once.',
      'Settled records stay until `sweep()` or `purge()` removes them.',
    ],
    options: [
      ['postgres/postgres-store.ts', 'PostgresStoreOptions'],
      ['postgres/schema.ts', 'PostgresSchemaOptions'],
    ],
    layout: sql(
      postgresSchema(),
      '`migrate()` of the store runs this, and so does `spotproof state migrate`; several tasks may do it at once. The layout is in the comment of the table.',
    ),
  },
  {
    title: 'MySQL and MariaDB',
    door: 'mysql',
    create: 'createMysqlStore({ pool })',
    client: '`mysql2/promise`',
    ...of(createMysqlStore({ pool: { getConnection: unused } })),
    oldest: `MariaDB ${Math.floor(Number(constantIn('mysql/check.ts', 'OLDEST_MARIADB')) / 100)}.${Number(constantIn('mysql/check.ts', 'OLDEST_MARIADB')) % 100}, MySQL ${constantIn('mysql/check.ts', 'OLDEST_MYSQL')}`,
    durability:
      '`sync` where `innodb_flush_log_at_trx_commit` is 1, and `sync_binlog` is 1 or there is no binary log; otherwise `async`: about the last second may go with the machine.',
    clock: "The server's, whatever the time zone of a session.",
    roundTrips:
      'on MariaDB a first call 2, a replay 1, a busy answer 1, a step 1, a heartbeat 1. On MySQL, which does not answer with the row that it wrote, each claim takes one more. MySQL itself is not among the servers of our tests; its statements are, on MariaDB',
    countedBy: [state('stores/mysql.process', 'round trip`, async')],
    refuses:
      'An older server; a replica or a read-only session; `autocommit` off; a `max_allowed_packet` that is too small for `maxBytes`; a table that is missing, of other columns, or not of InnoDB; a race that not exactly one wins.',
    warns: 'Settings by which the last claims may be lost; MySQL; a Galera cluster, with which the store is not tested.',
    limits: [
      'Nothing is kept with a connection, and nothing is prepared.',
      'Heartbeats need a connection while work has one for its transaction: give the pool more of them than there is work at once.',
      'Work that ends its transaction itself, also by a statement that commits, is told so on MariaDB; MySQL has no word for it.',
      'Settled records stay until `sweep()` or `purge()` removes them.',
    ],
    options: [['mysql/mysql-store.ts', 'MysqlStoreOptions']],
    layout: sql(
      mysqlSchema(),
      '`migrate()` of the store runs this, and so does `spotproof state migrate`. Texts are bytes, so that no collation takes two keys for one.',
    ),
  },
  {
    title: 'Redis and Valkey',
    door: 'redis',
    create: 'createRedisStore({ client })',
    client: '`redis` (node-redis) or `ioredis`, alone or of a Cluster; Sentinel with `ioredis`',
    ...of(createRedisStore({ client: { isOpen: true, sendCommand: unused } })),
    oldest: `Redis ${constantIn('redis/check-server.ts', 'LEAST_MAJOR')}, Valkey`,
    durability:
      'Not known before `check()`, and taken as `async`. `sync` only with an append-only file that is synced at each write and no replica; `async` with a replica or a slower sync; `none` where nothing is kept. A service with a synchronous log says so by `durability: "sync"`: [which store](../guides/which-store.md).',
    clock: "The server's `TIME`, inside the script.",
    roundTrips: 'a first call 2, a replay 1, a busy answer 1, a step 1, a heartbeat 1; one more the first time that a server sees a script',
    countedBy: [state('stores/redis.process', 'a first call is two round trips, and a replay, a busy answer, a step and a heartbeat are one each')],
    refuses:
      'An older server; a replica; a `maxmemory-policy` other than `noeviction`; less durability than was declared; a race that not exactly one wins.',
    warns:
      'What a crash or a failover would lose; a server that refuses `CONFIG`, and so cannot be judged; a Cluster behind a client that is not for one.',
    limits: [
      'Redis removes records by itself when their time is over.',
      'A list of anything but what is due is a walk over all keys of the database.',
      '`shards` says where a record is: it can never change.',
    ],
    options: [['redis/index.ts', 'RedisStoreOptions']],
    layout: redisLayout(),
  },
  {
    title: 'DynamoDB',
    door: 'dynamodb',
    create: 'createDynamodbStore({ client, table })',
    client: '`new DynamoDB()` of `@aws-sdk/client-dynamodb`',
    // It is asked for nothing here.
    ...of(createDynamodbStore({ client: { putItem: unused } as unknown as DynamodbClient, table: 'claims' })),
    oldest: '',
    durability: '`sync`. In a global table only within one region: [which store](../guides/which-store.md).',
    clock:
      'None. A lease is over for whoever has seen the record unchanged for as long as the lease is, by a clock of its own; so that a task which has just started waits for a lease first, unless `maxClockSkewMs` says how wrong clocks may be.',
    roundTrips:
      'a first call 2, a replay 1, a busy answer 1, a step 1, a heartbeat 1; each of them a write that is paid for, or one that was refused and is paid for too. Taking over takes one more',
    countedBy: [state('stores/dynamodb.process', 'a first call is two, and a replay, a busy answer, a step and a heartbeat are one each')],
    refuses:
      'A table that is missing or not ACTIVE; another key; an index that is missing, of other keys, or without what it must project; a race that not exactly one wins.',
    warns: 'Time to live that is off; a global table.',
    limits: [
      'The index follows the table by some milliseconds. It only finds work; the claim decides.',
      'Removal is by time to live, three days after the time of the record or later.',
      'A list of anything but what is due of one kind scans the table, and is paid by its size.',
    ],
    options: [['dynamodb/index.ts', 'DynamodbStoreOptions']],
    layout: dynamodbLayout(),
  },
];

function sqlite(): Pick<StoreEntry, 'capabilities' | 'transactions'> {
  using store = createSqliteStore({ path: ':memory:' });
  return of(store);
}

function of(store: { readonly capabilities: StoreCapabilities }): Pick<StoreEntry, 'capabilities' | 'transactions'> {
  const transactions = 'transact' in store ? 'transact()' : 'transactItems' in store ? 'transactItems()' : undefined;
  return { capabilities: store.capabilities, transactions };
}

function sql(statements: string, note: string): string {
  return `${note}\n\n\`\`\`sql\n${statements.trim()}\n\`\`\``;
}

function redisLayout(): string {
  const [record, data, index] = new Keys('spotproof', 16).of('job:import/a.csv');
  return `Nothing has to be made. What is kept for the key \`job:import/a.csv\`, with the default \`prefix\` and \`shards\`:

| key | type | what |
|---|---|---|
| \`${record}\` | string | the record, packed, and its result |
| \`${data}\` | string | input and checkpoint, unless empty: a heartbeat does not write them again |
| \`${index}\` | sorted set | of each shard: what is pending or held, by kind and time |

What is in braces is the hash tag of the shard: a Cluster keeps a record and its index on one node.`;
}

function dynamodbLayout(): string {
  const item = itemOf(
    {
      key: 'job:import/a.csv',
      kind: 'job:import',
      state: 'held',
      token: 't',
      epoch: 1,
      rev: 1,
      dueAt: 1,
      leaseMs: 1,
      keepUntil: 1,
      fingerprint: 'f',
      seq: 1,
      version: 1,
      data: new Uint8Array(1),
      result: new Uint8Array(1),
      failures: 0,
      interruptions: 0,
      stalls: 0,
    },
    '0:job:import',
  );
  const attributes = Object.entries(item).map(([name, value]) => `\`${name}\` (${Object.keys(value).join('')})`);
  return `\`spotproof state migrate\` makes the table, \`dynamodbTable()\` is what CreateTable is to be given, and \`spotproof state schema --cloudformation\` is a template. Time to live must be on for \`expiresAt\`.

\`\`\`json
${JSON.stringify(dynamodbTable({ table: 'claims' }), null, 2)}
\`\`\`

Attributes of an item: ${attributes.join(', ')}. \`rev\` grows with each write; \`dueIndex\` is there only while the record is pending or held. The task needs the actions \`PutItem\`, \`UpdateItem\`, \`DeleteItem\`, \`GetItem\`, \`Query\` and \`Scan\`,
for \`check()\` also \`DescribeTable\` and \`DescribeTimeToLive\`, and for \`transactItems()\` whatever its further items need.`;
}

/** The value of a constant, as its file has it. */
function constantIn(file: string, name: string): string {
  const value = new RegExp(String.raw`^const ${name} = (?<value>[\d_]+);$`, 'm').exec(
    readFileSync(path.join(ROOT, 'packages/state/src/stores', file), 'utf8'),
  )?.groups?.['value'];
  if (value === undefined) throw new Error(`packages/state/src/stores/${file} has no constant ${name}. Correct scripts/docs/stores.ts.`);
  return value.replaceAll('_', '');
}

function state(name: string, title: string): HoldingTest {
  return { file: `packages/state/test/${name}.test.ts`, title };
}

function unused(): never {
  throw new Error('The reference page asks no server.');
}

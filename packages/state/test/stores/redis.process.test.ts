import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { describe } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isSpotproofError } from '@spotproof/core';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { Settlement } from '../../src/protocol/index.ts';
import type { ClaimStore } from '../../src/store.ts';
import { createRedisStore, type RedisClient } from '../../src/stores/redis/index.ts';
import { cutConnections } from '../support/cut-connections.ts';
import { lifeOfAKey } from '../support/life-of-a-key.ts';
import { countRoundTrips } from '../support/round-trips.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { CREATE, bytes, claimOf, winOf } from '../support/requests.ts';

const CLIENTS = { ioredis: byIoredis, 'node-redis': byNodeRedis } as const;

for (const [name, connect] of Object.entries(CLIENTS)) {
  describe(`Redis by ${name}`, () => {
    test('a first call is two round trips, and a replay, a busy answer, a step and a heartbeat are one each', async () => {
      await using server = await RedisServer.start();
      await using wire = await countRoundTrips({ path: server.socketPath });
      await using one = await connect({ port: wire.port });
      const store = createRedisStore({ client: one.client });
      // The server sees each script once.
      await playAll(store);

      const { costs } = await lifeOfAKey(store, wire);

      assert.deepEqual(costs, { first: 2, replay: 1, taken: 1, busy: 1, step: 1, heartbeat: 1 });
    });

    test('a claim and a failure whose answers were cut off are one claim and one failure when they are sent again', async () => {
      await using server = await RedisServer.start();
      await using cuts = await cutConnections({ path: server.socketPath });
      await using one = await connect({ port: cuts.port });
      const store = createRedisStore({ client: one.client });
      await playAll(store);
      for (const what of ['unsent', 'unanswered'] as const) {
        const request = claimOf();

        cuts.cut(what, request.token);
        const holder = await untilAnswered(() => winOf(store, request));
        cuts.cut(what, request.token);
        const settled = await untilAnswered(() => store.settle({ ...holder, settlement: FAILURE }));

        assert.equal(settled, 'held');
        const record = await store.read(request.key);
        assert.deepEqual([record?.failures, record?.interruptions, record?.state, record?.epoch], [1, 0, 'pending', holder.epoch], what);
      }
      assert.equal(cuts.count, 4);
    });

    test('a server that is connected and silent is an error in time, and the claim is one claim when it answers again', async () => {
      await using server = await RedisServer.start();
      await using one = await connect({ path: server.socketPath });
      const store = createRedisStore({ client: one.client, timeoutMs: 200 });
      await store.read('connected');
      const request = claimOf();

      server.signal('SIGSTOP');
      const error = await store.claim(request).then(
        () => assert.fail('no answer can have come'),
        (thrown: unknown) => thrown,
      );
      server.signal('SIGCONT');
      const holder = await untilAnswered(() => winOf(store, request));

      assert.ok(isSpotproofError(error, 'SPOTPROOF_STORE') && error.retryable, String(error));
      const record = await store.read(request.key);
      assert.deepEqual([record?.epoch, record?.interruptions], [holder.epoch, 0]);
    });

    test('a client that queues for ever while there is no server is an error in time', async () => {
      const server = await RedisServer.start();
      await using one = await connect({ path: server.socketPath });
      const store = createRedisStore({ client: one.client, timeoutMs: 200 });
      await store.read('connected');
      await server[Symbol.asyncDispose]();

      const error = await store.claim(claimOf()).then(
        () => assert.fail('no answer can have come'),
        (thrown: unknown) => thrown,
      );

      assert.ok(isSpotproofError(error, 'SPOTPROOF_STORE') && error.retryable, String(error));
    });

    test('a script that the server has forgotten is sent again', async () => {
      await using server = await RedisServer.start();
      await using one = await connect({ path: server.socketPath });
      const store = createRedisStore({ client: one.client });
      const request = claimOf();
      const holder = await winOf(store, request);

      await withAdmin(server, (admin) => admin.script('FLUSH'));
      const settled = await store.settle({ ...holder, settlement: DONE });

      assert.equal(settled, 'held');
    });
  });
}

describe('what Redis is, and what it does to claims', () => {
  test('a server that evicts is refused, as is one that is a replica, and each is told what to do', async () => {
    await using server = await RedisServer.start({ tcp: true });
    await using replica = await RedisServer.replicaOf(server);
    await using one = await byIoredis({ path: server.socketPath });
    await using two = await byIoredis({ path: replica.socketPath });
    await withAdmin(server, (admin) => admin.config('SET', 'maxmemory-policy', 'allkeys-lru'));

    const evicts = createRedisStore({ client: one.client });
    const copies = createRedisStore({ client: two.client });

    await assert.rejects(evicts.check(), { code: 'SPOTPROOF_STORE', message: /maxmemory-policy must be noeviction, got allkeys-lru/ });
    await assert.rejects(copies.check(), { code: 'SPOTPROOF_STORE', message: /is a replica/ });
  });

  test('durability is what the server is set up for: none, async or sync; more than that may not be declared', async () => {
    await using server = await RedisServer.start({ tcp: true });
    await using one = await byNodeRedis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    const judged = async (...config: readonly string[]): Promise<string> => {
      await withAdmin(server, (admin) => admin.call('CONFIG', 'SET', ...config));
      const { durability } = await store.check();
      assert.equal(store.capabilities.durability, durability);
      return durability;
    };

    const answers = [
      await judged('save', '', 'appendonly', 'no'),
      await judged('save', '3600 1'),
      await judged('appendonly', 'yes', 'appendfsync', 'everysec'),
      await judged('appendfsync', 'always'),
    ];
    await using replica = await RedisServer.replicaOf(server);
    await isCopied(replica);
    answers.push(await judged('appendfsync', 'always'));
    const declared = createRedisStore({ client: one.client, durability: 'sync' });

    assert.deepEqual(answers, ['none', 'async', 'async', 'sync', 'async']);
    await assert.rejects(declared.check(), { code: 'SPOTPROOF_STORE', message: /declared as sync, and this server is async/ });
  });

  test('a server that refuses CONFIG is not taken for more than it shows, and what is declared counts', async () => {
    await using server = await RedisServer.start();
    await withAdmin(server, (admin) => admin.call('ACL', 'SETUSER', 'default', '-config'));
    await using one = await byIoredis({ path: server.socketPath });

    const unknown = await createRedisStore({ client: one.client }).check();
    const declared = await createRedisStore({ client: one.client, durability: 'sync' }).check();

    assert.equal(unknown.durability, 'async');
    assert.match(unknown.warnings.join(), /not known/);
    assert.deepEqual([declared.durability, declared.warnings], ['sync', []]);
  });

  test('a replica answers nothing, not even what it has: neither a replay nor a read', async () => {
    await using server = await RedisServer.start({ tcp: true });
    await using replica = await RedisServer.replicaOf(server);
    await using one = await byIoredis({ path: server.socketPath });
    await using two = await byIoredis({ path: replica.socketPath });
    const primary = createRedisStore({ client: one.client });
    const copy = createRedisStore({ client: two.client });
    const request = claimOf();
    await primary.settle({ ...(await winOf(primary, request)), settlement: DONE });
    await isCopied(replica, await withAdmin(server, offsetOf));

    const refused = { code: 'SPOTPROOF_STORE', retryable: true, message: /replica/ };
    await assert.rejects(copy.claim({ ...request, token: randomUUID() }), refused);
    await assert.rejects(copy.claim(claimOf()), refused);
    await assert.rejects(copy.read(request.key), refused);
  });

  test('a replica that is promoted without the last claim gives the key away a second time, under a higher epoch; check() had said async', async () => {
    await using server = await RedisServer.start({ tcp: true, config: [['appendonly', 'yes']] });
    await using replica = await RedisServer.replicaOf(server);
    await using one = await byIoredis({ path: server.socketPath });
    await using two = await byIoredis({ path: replica.socketPath });
    const before = createRedisStore({ client: one.client });
    const after = createRedisStore({ client: two.client });
    const first = claimOf();
    const second = claimOf();
    const survivor = await winOf(before, first);
    await isCopied(replica, await withAdmin(server, offsetOf));
    const { durability } = await before.check();
    // It loses sight of its primary, which does not wait for it.
    await withAdmin(replica, (admin) => admin.call('REPLICAOF', '127.0.0.1', '1'));
    const lost = await winOf(before, second);
    server.signal('SIGKILL');
    await withAdmin(replica, (admin) => admin.call('REPLICAOF', 'NO', 'ONE'));

    const kept = await after.claim({ ...first, token: randomUUID() });
    const again = await after.claim({ ...second, token: randomUUID() });
    const late = await after.settle({ ...lost, settlement: DONE });

    assert.equal(durability, 'async');
    assert.equal(kept.outcome, 'busy');
    assert.equal(await after.settle({ ...survivor, settlement: DONE }), 'held');
    assert.ok(again.outcome === 'won' && again.epoch > lost.epoch, JSON.stringify(again));
    assert.equal(late, 'lost');
  });

  test('a memory that is full refuses a claim and a result, writes nothing of either, and takes both later', async () => {
    await using server = await RedisServer.start();
    await using one = await byNodeRedis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    const [open, request] = [claimOf(), claimOf()];
    const holder = await winOf(store, open);
    await withAdmin(server, (admin) => admin.config('SET', 'maxmemory', '1'));

    const full = { code: 'SPOTPROOF_STORE', retryable: true, message: /memory is full/ };
    await assert.rejects(store.claim(request), full);
    await assert.rejects(store.settle({ ...holder, settlement: DONE }), full);
    await withAdmin(server, (admin) => admin.config('SET', 'maxmemory', '0'));

    assert.equal(await store.read(request.key), undefined);
    assert.equal((await store.read(open.key))?.state, 'held');
    assert.equal(await store.settle({ ...holder, settlement: DONE }), 'held');
    assert.equal((await store.claim(request)).outcome, 'won');
  });

  test('a disk that takes nothing refuses a claim, to be sent again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-redis-disk-'));
    await using server = await RedisServer.start({
      config: [
        ['dir', folder],
        ['save', '3600 1'],
        ['stop-writes-on-bgsave-error', 'yes'],
      ],
    });
    await using one = await byIoredis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    rmSync(folder, { recursive: true });
    await withAdmin(server, async (admin) => {
      await admin.bgsave();
      await until('the snapshot has failed', async () => /rdb_last_bgsave_status:err/.test(await admin.info('persistence')));
    });

    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_STORE', retryable: true, message: /disk/ });
  });

  test('a user with no more rights than the refusal names can do everything, and nothing beside the prefix', async () => {
    await using server = await RedisServer.start();
    await using one = await byNodeRedis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    await store.read('connected');
    const setUser = (...rules: readonly string[]): Promise<unknown> =>
      withAdmin(server, (admin) => admin.call('ACL', 'SETUSER', 'app', 'reset', 'on', 'nopass', ...rules));
    await setUser();
    await one.login('app');

    const refusal = await store.read('key').then(
      () => assert.fail('nothing is allowed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(isSpotproofError(refusal, 'SPOTPROOF_STORE') && !refusal.retryable, String(refusal));
    await setUser(...(refusal.message.replace('<prefix>', 'spotproof').match(/[+~]\S+/g) ?? []));
    await playAll(store);
    await store.list({ limit: 10 });
    await store.list({ kind: CREATE.kind, state: 'due', limit: 10 });
    const { durability } = await store.check();

    assert.equal(durability, 'async');
    await assert.rejects(createRedisStore({ client: one.client, prefix: 'other' }).read('key'), { code: 'SPOTPROOF_STORE', retryable: false });
  });

  test('a record lives as long as it is kept, and what is kept for ever has no end', async () => {
    await using server = await RedisServer.start();
    await using one = await byIoredis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    const create = { ...CREATE, data: bytes('') };
    const [request, forEver] = [claimOf({ key: 'ends', create }), claimOf({ key: 'for ever', keepMs: Infinity, create })];
    const holder = await winOf(store, request);
    await winOf(store, forEver);
    await store.save({ ...holder, seq: 1, version: 1, data: bytes('checkpoint'), leaseMs: 1000 });
    await store.renew({ ...holder, leaseMs: 600_000 });

    const ends = await withAdmin(server, async (admin) => {
      const names = (await admin.keys('*')).toSorted();
      return Promise.all(names.map(async (name) => [name, await admin.pexpiretime(name)] as const));
    });

    const record = await store.read('ends');
    assert.ok(record !== undefined);
    const places = Object.fromEntries(ends.map(([name, at]) => [name.replace(/^\{spotproof:\d+\}:/, ''), at]));
    assert.deepEqual(places, { due: -1, 'r:ends': record.keepUntil, 'd:ends': record.keepUntil, 'r:for ever': -1 });
  });

  test('what is asked of ioredis together goes out in one write, and nothing stays behind', async () => {
    await using server = await RedisServer.start();
    const client = new Redis(server.socketPath, QUEUES_FOR_EVER);
    const store = createRedisStore({ client });
    await store.read('connected');
    const asked = Array.from({ length: 8 }, (_, i) => store.claim(claimOf({ key: `key ${i}` })));

    const waiting = client.stream.writableCorked;
    await Promise.resolve();
    const afterwards = client.stream.writableCorked;
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
    client.disconnect();

    assert.deepEqual([waiting, afterwards], [1, 0]);
    assert.deepEqual(new Set(outcomes), new Set(['won']));
  });

  test('pages of any size give each record once, also where one place of the database has more than a page', async () => {
    await using server = await RedisServer.start();
    await using one = await byIoredis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client });
    const keys = Array.from({ length: 120 }, (_, i) => `key ${String(i).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => store.add({ key, token: 'token', create: CREATE, afterMs: 0, keepMs: 60_000 })));

    for (const limit of [1, 2, 50]) {
      for (const state of ['pending', 'due'] as const) {
        assert.deepEqual((await pagesOf(store, { kind: CREATE.kind, state, limit })).toSorted(), keys, `${state}, ${limit} a page`);
      }
    }
  });

  test('what is not due is in no index: done work is taken out, and a record that Redis has removed is when it is looked for', async () => {
    await using server = await RedisServer.start();
    await using one = await byIoredis({ path: server.socketPath });
    const store = createRedisStore({ client: one.client, shards: 1 });
    const indexed = (): Promise<readonly string[]> => withAdmin(server, (admin) => admin.zrange('{spotproof:0}:due', 0, -1));
    await store.settle({ ...(await winOf(store, claimOf({ key: 'done' }))), settlement: DONE });
    await winOf(store, claimOf({ key: 'once', create: { ...CREATE, kind: 'once:mail' } }));
    await winOf(store, claimOf({ key: 'held' }));
    await winOf(store, claimOf({ key: 'gone', leaseMs: 1, keepMs: 0 }));

    const before = await indexed();
    await until('Redis has removed the record', async () => (await store.read('gone')) === undefined);
    const due = await store.list({ kind: CREATE.kind, state: 'due', limit: 10 });
    const after = await indexed();

    assert.deepEqual([before.toSorted(), due.records, after], [['gone', 'held'], [], ['held']]);
  });
});

test('a Cluster keeps a record and its index on one node, and lists those of all nodes', async () => {
  await using one = await clusterNode();
  await using two = await clusterNode();
  const halves = [
    { node: one, slots: ['0', '8191'] },
    { node: two, slots: ['8192', '16383'] },
  ];
  for (const { node, slots } of halves) await withAdmin(node, (admin) => admin.call('CLUSTER', 'ADDSLOTSRANGE', ...slots));
  await withAdmin(one, (admin) => admin.call('CLUSTER', 'MEET', '127.0.0.1', String(two.port)));
  for (const { node } of halves) {
    await withAdmin(node, (admin) => until('the Cluster is whole', async () => /cluster_state:ok/.test(String(await admin.call('CLUSTER', 'INFO')))));
  }
  const ioredis = new Cluster([{ host: '127.0.0.1', port: one.port }]);
  await createRedisStore({ client: ioredis }).check();
  const nodeRedis = await createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${two.port}` }] }).connect();
  const alone = await byIoredis({ port: one.port });
  try {
    const stores = [createRedisStore({ client: ioredis }), createRedisStore({ client: nodeRedis })] as const;
    const keys = Array.from({ length: 40 }, (_, i) => `key ${String(i).padStart(2, '0')}`);
    for (const [i, key] of keys.entries()) {
      await stores[i % 2]?.add({ key, token: randomUUID(), create: CREATE, afterMs: 0, keepMs: 60_000 });
    }

    for (const store of stores) {
      const { durability } = await store.check();
      const due = await store.list({ kind: CREATE.kind, state: 'due', limit: 100 });
      const pending = await pagesOf(store, { kind: CREATE.kind, state: 'pending', limit: 7 });

      assert.equal(durability, 'none');
      assert.deepEqual(due.records.map(({ key }) => key).toSorted(), keys);
      assert.deepEqual(pending.toSorted(), keys);
    }
    for (const key of keys) {
      const answers = await Promise.all(stores.map((store) => store.claim(claimOf({ key, create: undefined }))));
      assert.deepEqual(answers.map(({ outcome }) => outcome).toSorted(), ['busy', 'won']);
    }
    const sizes = await Promise.all(halves.map(({ node }) => withAdmin(node, (admin) => admin.dbsize())));
    assert.ok(
      sizes.every((size) => size > 5),
      sizes.join(),
    );
    const stranger = createRedisStore({ client: alone.client });
    const answers = await Promise.allSettled(keys.map((key) => stranger.read(key)));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    assert.ok(
      refused.length > 0 && refused.every((error) => isSpotproofError(error) && !error.retryable && /client for Clusters/.test(error.message)),
    );
  } finally {
    ioredis.disconnect();
    nodeRedis.destroy();
    await alone[Symbol.asyncDispose]();
  }
});

function clusterNode(): Promise<RedisServer> {
  return RedisServer.start({ tcp: true, config: [['cluster-enabled', 'yes']] });
}

type Where = { readonly path: string } | { readonly port: number };
type Connected = { readonly client: RedisClient; readonly login: (user: string) => Promise<unknown> } & AsyncDisposable;

function byIoredis(where: Where): Promise<Connected> {
  // Set up as queues need it: it waits for its server for ever.
  const client = 'path' in where ? new Redis(where.path, QUEUES_FOR_EVER) : new Redis(where.port, '127.0.0.1', QUEUES_FOR_EVER);
  client.on('error', () => {});
  return Promise.resolve({
    client,
    login: (user: string) => client.call('AUTH', user, ''),
    [Symbol.asyncDispose]() {
      client.disconnect();
      return Promise.resolve();
    },
  });
}

const QUEUES_FOR_EVER = { maxRetriesPerRequest: null, retryStrategy: () => 20 } as const;

async function byNodeRedis(where: Where): Promise<Connected> {
  const reconnectStrategy = 20;
  const client = createClient({
    socket: 'path' in where ? { path: where.path, tls: false, reconnectStrategy } : { port: where.port, host: '127.0.0.1', reconnectStrategy },
  });
  client.on('error', () => {});
  await client.connect();
  return {
    client,
    login: (user) => client.sendCommand(['AUTH', user, '']),
    [Symbol.asyncDispose]() {
      client.destroy();
      return Promise.resolve();
    },
  };
}

async function withAdmin<T>(server: RedisServer, act: (admin: Redis) => Promise<T>): Promise<T> {
  const admin = new Redis(server.socketPath);
  try {
    return await act(admin);
  } finally {
    admin.disconnect();
  }
}

/** So that the server knows every script. */
async function playAll(store: ClaimStore): Promise<void> {
  const request = claimOf();
  const holder = await winOf(store, request);
  await store.renew({ ...holder, leaseMs: 60_000 });
  await store.save({ ...holder, seq: 1, version: 1, data: bytes(''), leaseMs: 60_000 });
  await store.settle({ ...holder, settlement: FAILURE });
  await store.settle({ ...(await winOf(store, claimOf())), settlement: DONE });
  await store.add({ key: randomUUID(), token: randomUUID(), create: CREATE, afterMs: 60_000, keepMs: 0 });
  await store.read(request.key);
}

/** What was written by then, and that the replica has all of it. */
async function offsetOf(admin: Redis): Promise<number> {
  return Number(/master_repl_offset:(\d+)/.exec(await admin.info('replication'))?.[1]);
}

async function isCopied(replica: RedisServer, offset = 0): Promise<void> {
  await withAdmin(replica, (admin) =>
    until('the replica has what the primary had', async () => {
      const info = await admin.info('replication');
      return info.includes('master_link_status:up') && Number(/slave_repl_offset:(\d+)/.exec(info)?.[1]) >= offset;
    }),
  );
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await look())) {
    assert.ok(performance.now() < deadline, `should have happened by now: ${what}`);
    await delay(10);
  }
}

/** As the faces of the store do: an answer that did not come is asked for again. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries > 50 || !isSpotproofError(error, 'SPOTPROOF_STORE') || !error.retryable) throw error;
      await delay(20);
    }
  }
}

async function pagesOf(store: ClaimStore, query: Parameters<ClaimStore['list']>[0]): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.list({ ...query, cursor });
    assert.ok(page.records.length <= query.limit);
    keys.push(...page.records.map(({ key }) => key));
    cursor = page.cursor;
    if (cursor === undefined) return keys;
  }
}

const DONE: Settlement = { to: 'done', result: bytes('result'), keepMs: 60_000 };
const FAILURE: Settlement = { to: 'pending', afterMs: 0, counts: 'failure', checkpoint: undefined, result: bytes('why'), keepMs: 60_000 };

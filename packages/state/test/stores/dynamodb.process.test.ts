import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import test, { after, before, describe } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDB, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { isSpotproofError } from '@spotproof/core';
import type { Settlement } from '../../src/protocol/index.ts';
import type { ClaimStore } from '../../src/store.ts';
import {
  createDynamodbStore,
  dynamodbTable,
  type DynamodbClient,
  type DynamodbStore,
  type DynamodbStoreOptions,
} from '../../src/stores/dynamodb/index.ts';
import { cutConnections } from '../support/cut-connections.ts';
import { FakeDynamodb } from '../support/fake-dynamodb.ts';
import { lifeOfAKey } from '../support/life-of-a-key.ts';
import { countRoundTrips } from '../support/round-trips.ts';
import { Dynalite } from '../support/servers/dynalite.ts';
import { CREATE, bytes, claimOf, winOf } from '../support/requests.ts';

let server: FakeDynamodb;
let client: DynamoDB;

before(async () => {
  server = await FakeDynamodb.start();
  client = clientOf(server.endpoint);
  await client.createTable(dynamodbTable({ table: TABLE }));
});
after(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

describe('round trips', () => {
  test('a first call is two, and a replay, a busy answer, a step and a heartbeat are one each', async () => {
    assert.deepEqual(await roundTrips(server.port), { first: 2, replay: 1, taken: 1, busy: 1, step: 1, heartbeat: 1, keptForLonger: 1, release: 1 });
  });

  test('where a refusal does not say what it met, a replay and a busy answer are two', async () => {
    await using dynalite = await Dynalite.start();
    const admin = clientOf(dynalite.endpoint);
    await admin.createTable(dynamodbTable({ table: TABLE }));
    admin.destroy();

    assert.deepEqual(await roundTrips(dynalite.port), {
      first: 2,
      replay: 2,
      taken: 1,
      busy: 2,
      step: 1,
      heartbeat: 1,
      keptForLonger: 1,
      release: 1,
    });
  });

  async function roundTrips(port: number): Promise<object> {
    await using wire = await countRoundTrips({ port, host: '127.0.0.1' });
    const one = clientOf(`http://127.0.0.1:${wire.port}`);
    const store = createDynamodbStore({ client: one, table: TABLE });
    const { costs, worker } = await lifeOfAKey(store, wire);
    const count = async (work: () => Promise<unknown>): Promise<number> => (await wire.during(work)).roundTrips;
    const brief = await winOf(store, claimOf({ keepMs: 0 }));
    const keptForLonger = await count(() => store.renew({ ...brief, leaseMs: 90_000 }));
    const release = await count(() => store.settle({ ...worker, settlement: FAILURE }));
    one.destroy();
    return { ...costs, keptForLonger, release };
  }
});

describe('connections', () => {
  test('a claim and a failure whose answers were cut off are one claim and one failure when they are sent again, by the SDK or by the caller', async () => {
    for (const maxAttempts of [3, 1]) {
      await using cuts = await cutConnections({ port: server.port, host: '127.0.0.1' });
      const one = clientOf(`http://127.0.0.1:${cuts.port}`, { maxAttempts });
      const store = createDynamodbStore({ client: one, table: TABLE });
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
      one.destroy();
    }
  });

  test('a server that is connected and silent is an error in time', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const one = clientOf(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const store = createDynamodbStore({ client: one, table: TABLE, timeoutMs: 150 });

    const error = await store.claim(claimOf()).then(
      () => assert.fail('no answer can have come'),
      (thrown: unknown) => thrown,
    );

    assert.ok(isSpotproofError(error, 'SPOTPROOF_STORE') && error.retryable && /within 150 ms/.test(error.message), String(error));
    one.destroy();
    silent.close();
  });
});

describe('the end of a lease', () => {
  test('a clock that is an hour ahead takes nothing over: a lease is over for whoever has seen the record unchanged for as long', async () => {
    const [clock, monotonic] = [{ ms: Date.now() + 3_600_000 }, { ms: 0 }];
    const holder = storeOf();
    const other = storeOf({ now: () => clock.ms, monotonicNow: () => monotonic.ms });
    const one = await winOf(holder, claimOf({ leaseMs: 1000 }));
    const next = claimOf({ key: one.key });

    const answers = [await other.claim(next)];
    monotonic.ms += 999;
    answers.push(await other.claim(next));
    await holder.renew({ ...one, leaseMs: 1000 });
    monotonic.ms += 1;
    answers.push(await other.claim(next));
    monotonic.ms += 999;
    answers.push(await other.claim(next));
    monotonic.ms += 1;
    const won = await other.claim(next);

    const busy = (retryAfterMs: number): object => ({ outcome: 'busy', because: 'held', retryAfterMs });
    assert.deepEqual(answers, [busy(1000), busy(1), busy(1000), busy(1)]);
    assert.ok(won.outcome === 'won' && won.interruptions === 1 && won.epoch > one.epoch);
    assert.equal(await holder.renew({ ...one, leaseMs: 1000 }), 'lost');
  });

  test('two who have watched for long enough take over once', async () => {
    const monotonic = { ms: 0 };
    const others = [storeOf({ monotonicNow: () => monotonic.ms }), storeOf({ monotonicNow: () => monotonic.ms })];
    const one = await winOf(storeOf(), claimOf({ leaseMs: 1000 }));
    await Promise.all(others.map((other) => other.claim(claimOf({ key: one.key }))));
    monotonic.ms += 1000;

    const answers = await Promise.all([0, 1, 0, 1].map((i) => others[i]!.claim(claimOf({ key: one.key }))));

    assert.deepEqual(answers.map(({ outcome }) => outcome).toSorted(), ['busy', 'busy', 'busy', 'won']);
    assert.equal((await storeOf().read(one.key))?.interruptions, 1);
  });

  test('a holder who renews just before it would be replaced keeps its key', async () => {
    const monotonic = { ms: 0 };
    const holder = storeOf();
    const one = await winOf(holder, claimOf({ leaseMs: 1000 }));
    const late = Object.create(client) as DynamoDB;
    const other = storeOf({ client: late, monotonicNow: () => monotonic.ms });
    const takeOver = claimOf({ key: one.key, create: undefined });
    await other.claim(takeOver);
    monotonic.ms += 1000;

    late.putItem = (async (input: Parameters<DynamoDB['putItem']>[0]) => {
      await holder.renew({ ...one, leaseMs: 1000 });
      return client.putItem(input);
    }) as DynamoDB['putItem'];
    const answer = await other.claim(takeOver);

    assert.deepEqual(answer, { outcome: 'busy', because: 'held', retryAfterMs: 1000 });
    assert.equal(await holder.renew({ ...one, leaseMs: 1000 }), 'held');
  });

  test('where clocks are trusted within a bound, a task that was just started waits for that bound and not for a lease', async () => {
    const clock = { ms: Date.now() };
    const one = await winOf(storeOf({ now: () => clock.ms }), claimOf({ leaseMs: 1000 }));
    const starter = (): ClaimStore => storeOf({ now: () => clock.ms, monotonicNow: () => 0, maxClockSkewMs: 250 });

    clock.ms += 1249;
    const early = await starter().claim(claimOf({ key: one.key }));
    clock.ms += 1;
    const late = await starter().claim(claimOf({ key: one.key }));

    assert.deepEqual(early, { outcome: 'busy', because: 'held', retryAfterMs: 1 });
    assert.equal(late.outcome, 'won');
  });

  test('work that waits is claimed under a higher epoch than before, also by a clock that is behind', async () => {
    const one = await winOf(storeOf(), claimOf({ keepMs: Infinity }));
    await storeOf().settle({ ...one, settlement: FAILURE });
    const dueAt = (await storeOf().read(one.key))?.dueAt ?? 0;

    const waiting = await storeOf({ now: () => dueAt - HOUR_MS }).claim(claimOf({ key: one.key, create: undefined, keepMs: Infinity }));
    const second = await winOf(storeOf({ now: () => dueAt + HOUR_MS }), claimOf({ key: one.key, create: undefined, keepMs: Infinity }));
    await storeOf({ now: () => dueAt }).settle({ ...second, settlement: FAILURE });
    const third = await winOf(storeOf({ now: () => dueAt }), claimOf({ key: one.key, create: undefined, keepMs: Infinity }));

    assert.deepEqual(waiting, { outcome: 'busy', because: 'not-due', retryAfterMs: HOUR_MS });
    assert.ok(second.epoch > one.epoch && third.epoch > second.epoch, [one, second, third].map(({ epoch }) => epoch).join());
  });

  test('what was seen in a list counts as watched', async () => {
    const [clock, monotonic] = [{ ms: Date.now() }, { ms: 0 }];
    const kind = randomUUID();
    const one = await winOf(storeOf({ now: () => clock.ms }), claimOf({ leaseMs: 1000, create: { ...CREATE, kind } }));
    const other = storeOf({ now: () => clock.ms, monotonicNow: () => monotonic.ms });
    clock.ms += 1000;
    const { records } = await other.list({ kind, state: 'due', limit: 10 });
    monotonic.ms += 1000;

    const answer = await other.claim(claimOf({ key: one.key, create: undefined }));

    assert.deepEqual(
      records.map(({ key }) => key),
      [one.key],
    );
    assert.equal(answer.outcome, 'won');
  });

  test('what is held is watched by whoever lists before it is due, so that a killed task is replaced when its lease ends, and no list shows it before', async () => {
    const [clock, monotonic] = [{ ms: Date.now() }, { ms: 0 }];
    const kind = randomUUID();
    const other = storeOf({ now: () => clock.ms, monotonicNow: () => monotonic.ms });
    const one = await winOf(storeOf({ now: () => clock.ms }), claimOf({ leaseMs: 1000, create: { ...CREATE, kind } }));

    const before = await other.list({ kind, state: 'due', limit: 1 });
    clock.ms += 1000;
    monotonic.ms += 1000;
    const answer = await other.claim(claimOf({ key: one.key, create: undefined }));

    assert.deepEqual(before, { records: [], cursor: undefined });
    assert.equal(answer.outcome, 'won');
  });
});

describe('the end of a record', () => {
  test('DynamoDB removes it days after its time, in which a new one follows it under a higher epoch', async () => {
    const clock = { ms: Date.now() };
    const store = storeOf({ now: () => clock.ms });
    const endless = await winOf(store, claimOf({ keepMs: Infinity }));
    const one = await winOf(store, claimOf());
    await store.settle({ ...one, settlement: { ...DONE, keepMs: 1000 } });
    const forgotten = await winOf(store, claimOf({ keepMs: 0 }));
    await client.updateTimeToLive({ TableName: TABLE, TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } });

    clock.ms += 1000 + HOUR_MS;
    const replay = await store.claim(claimOf({ key: one.key }));
    clock.ms += 24 * HOUR_MS;
    const inTime = server.removeExpired(TABLE, clock.ms);
    const again = await store.claim(claimOf({ key: one.key }));
    clock.ms += 75 * HOUR_MS;
    const removed = server.removeExpired(TABLE, clock.ms);

    assert.equal(replay.outcome, 'done', 'an hour may be an error of the clock');
    assert.deepEqual(
      inTime.filter((key) => key === one.key),
      [],
    );
    assert.ok(again.outcome === 'won' && again.epoch > one.epoch && again.interruptions === 0, JSON.stringify(again));
    assert.ok(removed.includes(forgotten.key) && removed.includes(one.key) && !removed.includes(endless.key));
  });

  test('a renewed record is not removed while it is held, however little it was to be kept', async () => {
    const clock = { ms: Date.now() };
    const store = storeOf({ now: () => clock.ms });
    const one = await winOf(store, claimOf({ keepMs: 0 }));
    for (let hours = 0; hours < 120; hours += 12) {
      clock.ms += 12 * HOUR_MS;
      assert.equal(await store.renew({ ...one, leaseMs: 60_000 }), 'held');
    }

    assert.equal(server.removeExpired(TABLE, clock.ms).includes(one.key), false);
  });

  test('what is done, and what nobody looks for, is in no index', async () => {
    const store = storeOf();
    const kind = randomUUID();
    const settled = await winOf(store, claimOf({ create: { ...CREATE, kind } }));
    const failed = await winOf(store, claimOf({ create: { ...CREATE, kind } }));
    const held = await winOf(store, claimOf({ create: { ...CREATE, kind } }));
    const call = await winOf(store, claimOf({ create: { ...CREATE, kind: `once:${kind}` } }));
    await store.settle({ ...settled, settlement: DONE });
    await store.settle({ ...failed, settlement: { ...DONE, to: 'failed' } });

    const indexed = [settled, failed, held, call].map(({ key }) => 'dueIndex' in (server.item(TABLE, key) ?? {}));
    await store.revive({ key: failed.key, keepMs: 1000 });

    assert.deepEqual(indexed, [false, false, true, false]);
    assert.equal('dueIndex' in (server.item(TABLE, failed.key) ?? {}), true);
  });
});

describe('transactions', () => {
  const put = (id: string): { readonly Put: object } => ({
    Put: { TableName: TABLE, Item: { pk: { S: id }, effect: { S: 'made' } }, ...UNLESS_THERE },
  });
  const isMade = (id: string): boolean => server.item(TABLE, id) !== undefined;

  test('an effect and what it belongs to are one, whatever the record was kept for', async () => {
    for (const keepMs of [0, 60_000, Infinity]) {
      const store = storeOf();
      const one = await winOf(store, claimOf({ keepMs }));
      const [saved, settled] = [randomUUID(), randomUUID()];

      await store.transactItems([put(saved)], { ...one, seq: 1, version: 1, data: bytes('checkpoint'), leaseMs: 90_000 });
      await store.transactItems([put(settled)], { ...one, settlement: DONE });

      assert.deepEqual([isMade(saved), isMade(settled)], [true, true]);
      const record = await store.read(one.key);
      assert.deepEqual([record?.state, record?.seq, Buffer.from(record?.result ?? []).toString()], ['done', 1, 'result']);
    }
  });

  test('an effect of one who was replaced is not made, nor one whose checkpoint is written already', async () => {
    const store = storeOf({ maxClockSkewMs: 0 });
    const zombie = await winOf(store, claimOf({ leaseMs: 1 }));
    await delay(5);
    const second = await winOf(store, claimOf({ key: zombie.key }));
    const save = { ...second, seq: 1, version: 1, data: bytes('checkpoint'), leaseMs: 60_000 };
    await store.save(save);
    const [late, twice] = [randomUUID(), randomUUID()];

    const lost = { code: 'SPOTPROOF_CLAIM_LOST' };
    await assert.rejects(store.transactItems([put(late)], { ...zombie, settlement: DONE }), lost);
    await assert.rejects(store.transactItems([put(twice)], save), lost);

    assert.deepEqual([isMade(late), isMade(twice)], [false, false]);
    assert.equal((await store.read(zombie.key))?.token, second.token);
  });

  test('a condition of the work that does not hold leaves neither, and is told as it came', async () => {
    const store = storeOf();
    const one = await winOf(store, claimOf());
    const id = randomUUID();
    await store.transactItems([put(id)], { ...one, seq: 1, version: 1, data: bytes('1'), leaseMs: 60_000 });

    const again = store.transactItems([put(id)], { ...one, seq: 2, version: 1, data: bytes('2'), leaseMs: 60_000 });

    await assert.rejects(again, { name: 'TransactionCanceledException' });
    assert.equal((await store.read(one.key))?.seq, 1);
  });

  test('more items than DynamoDB takes are refused before anything is sent', async () => {
    const store = storeOf();
    const one = await winOf(store, claimOf());

    const items = Array.from({ length: 100 }, () => put(randomUUID()));

    await assert.rejects(store.transactItems(items, { ...one, settlement: DONE }), {
      code: 'SPOTPROOF_CONFIG_INVALID',
      message: /99 at most, got 100/,
    });
  });
});

describe('what is refused', () => {
  test('a record that grows beyond what an item holds is refused, and nothing of it is written', async () => {
    const store = storeOf();
    const one = await winOf(store, claimOf({ create: { ...CREATE, data: new Uint8Array(300_000) } }));

    const settled = store.settle({ ...one, settlement: { to: 'failed', result: new Uint8Array(200_000), keepMs: 1000 } });

    await assert.rejects(settled, { code: 'SPOTPROOF_NOT_STORABLE' });
    assert.equal((await store.read(one.key))?.state, 'held');
  });

  test('an item that is no claim is left as it is, and told', async () => {
    const store = createDynamodbStore({ client, table: TABLE });
    const Item = { pk: { S: randomUUID() }, name: { S: 'of another' } };
    await client.putItem({ TableName: TABLE, Item });

    const foreign = { code: 'SPOTPROOF_STORE', retryable: false, message: /is not a claim/ };
    await assert.rejects(store.claim(claimOf({ key: Item.pk.S })), foreign);
    await assert.rejects(store.read(Item.pk.S), foreign);
    await assert.rejects(store.purge({ key: Item.pk.S, force: 0 }), foreign);

    assert.deepEqual((await client.getItem({ TableName: TABLE, Key: { pk: Item.pk } })).Item, Item);
    assert.equal(
      (await store.list({ limit: 1000 })).records.some(({ key }) => key === Item.pk.S),
      false,
    );
    await client.deleteItem({ TableName: TABLE, Key: { pk: Item.pk } });
  });

  test('a table that is not there, or not made for it, is refused with what to change', async () => {
    const good = dynamodbTable({ table: 'good' });
    await client.createTable(good);
    await client.createTable({ ...good, TableName: 'no-index', GlobalSecondaryIndexes: undefined });
    await client.createTable({ ...good, TableName: 'other-key', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] });
    const [index] = good.GlobalSecondaryIndexes;
    assert.ok(index !== undefined);
    await client.createTable({
      ...good,
      TableName: 'keys-only',
      GlobalSecondaryIndexes: [{ ...index, Projection: { ProjectionType: 'KEYS_ONLY' } }],
    });
    const check = (table: string): Promise<unknown> => createDynamodbStore({ client, table }).check();

    await assert.rejects(check('missing'), { code: 'SPOTPROOF_STORE', retryable: false, message: /Create it as dynamodbTable\(\) says/ });
    await assert.rejects(check('no-index'), { code: 'SPOTPROOF_STORE', message: /no index named due/ });
    await assert.rejects(check('other-key'), { code: 'SPOTPROOF_STORE', message: /must be the string pk alone, got id/ });
    await assert.rejects(check('keys-only'), { code: 'SPOTPROOF_STORE', message: /misses kind, state/ });
  });

  test('records that are never removed, and regions that overwrite each other, are warned of', async () => {
    await client.createTable(dynamodbTable({ table: 'warned' }));
    const check = async (client: DynamodbClient): Promise<string> => (await createDynamodbStore({ client, table: 'warned' }).check()).warnings.join();

    const off = await check(client);
    await client.updateTimeToLive({ TableName: 'warned', TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } });
    const on = await check(client);
    const global = await check(inTwoRegions(client));

    assert.match(off, /Time to live is off/);
    assert.equal(on, '');
    assert.match(global, /global table \(eu-west-1, us-east-1\)/);
  });

  test('a client without a method for each call is refused at once, and told which has them', () => {
    const bare = new DynamoDBClient({ region: 'eu-west-1' });

    // A caller without types gives what it has.
    assert.throws(() => createDynamodbStore({ client: bare as unknown as DynamodbClient, table: 't' }), {
      code: 'SPOTPROOF_CONFIG_INVALID',
      message: /must be a `DynamoDB`/,
    });
    assert.throws(() => createDynamodbStore({ client, table: '' }), { code: 'SPOTPROOF_CONFIG_INVALID' });
    assert.throws(() => createDynamodbStore({ client, table: 't', maxClockSkewMs: -1 }), { code: 'SPOTPROOF_CONFIG_INVALID' });
    bare.destroy();
  });
});

/** The service with one answer changed: what it says of a global table is nothing that runs here. */
function inTwoRegions(client: DynamoDB): DynamodbClient {
  const other = Object.create(client) as DynamoDB;
  other.describeTable = (async (input: { TableName: string }) => {
    const { Table } = await client.describeTable(input);
    return { Table: { ...Table, Replicas: [{ RegionName: 'eu-west-1' }, { RegionName: 'us-east-1' }] } };
  }) as unknown as DynamoDB['describeTable'];
  return other;
}

function clientOf(endpoint: string, more: DynamoDBClientConfig = {}): DynamoDB {
  return new DynamoDB({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, ...more });
}

function storeOf(options: Partial<DynamodbStoreOptions> = {}): DynamodbStore {
  return createDynamodbStore({ client, table: TABLE, ...options });
}

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

const TABLE = 'claims';
const HOUR_MS = 3_600_000;
const UNLESS_THERE = { ConditionExpression: 'attribute_not_exists(pk)' } as const;
const DONE: Extract<Settlement, { to: 'done' | 'failed' }> = { to: 'done', result: bytes('result'), keepMs: 60_000 };
const FAILURE: Settlement = { to: 'pending', afterMs: 0, counts: 'failure', checkpoint: undefined, result: bytes('why'), keepMs: 60_000 };

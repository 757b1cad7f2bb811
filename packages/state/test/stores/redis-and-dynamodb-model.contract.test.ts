import assert from 'node:assert/strict';
import test from 'node:test';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Redis } from 'ioredis';
import { createDynamodbStore, dynamodbTable } from '../../src/stores/dynamodb/index.ts';
import { connectionOf, type Connection } from '../../src/stores/redis/connection.ts';
import { Keys } from '../../src/stores/redis/keys.ts';
import { RedisStore } from '../../src/stores/redis/redis-store.ts';
import { FakeDynamodb } from '../support/fake-dynamodb.ts';
import { followModel } from '../support/follow-model.ts';
import { RedisServer } from '../support/servers/redis.ts';

test('Redis answers every history as the protocol does, and keeps the same record, also where only some callers index it', async () => {
  await using server = await RedisServer.start();
  const client = new Redis(server.socketPath);
  try {
    const connection = withClock(connectionOf(client, 10_000));
    let asked = 0;
    const isIndexed = (): boolean => (asked += 1) % 3 === 0;
    const store = new RedisStore({ connection, keys: new Keys('model', 3), durability: 'none', isIndexed });
    const setNow = async (ms: number): Promise<void> => {
      await client.mset('seconds', Math.floor(ms / 1000), 'microseconds', (ms % 1000) * 1000);
    };

    await followModel({ store, setNow }, { runs: 150 });
  } finally {
    client.disconnect();
  }
});

test('Redis is told to remove no record within the millisecond of its claim, also where it is kept for no time', async () => {
  await using server = await RedisServer.start();
  const client = new Redis(server.socketPath);
  try {
    const connection = withClock(connectionOf(client, 10_000), (script) => script.replaceAll(PXAT, `)\nredis.call('SET', 'gone', ${GONE}`));
    const store = new RedisStore({ connection, keys: new Keys('model', 1), durability: 'none', isIndexed: () => true });
    await client.mset('seconds', 1_790_000_000, 'microseconds', 1000);
    const holder = { key: 'key', token: 'token' };
    const create = { kind: 'kind', fingerprint: '', version: 0, data: new Uint8Array() };
    const won = await store.claim({ ...holder, leaseMs: 1000, keepMs: 0, create, fingerprint: undefined, version: 0 });
    assert.ok(won.outcome === 'won');

    await store.settle({ ...holder, epoch: won.epoch, settlement: { to: 'done', result: new Uint8Array(), keepMs: 0 } });

    assert.equal(await client.get('gone'), '1790000000002');
  } finally {
    client.disconnect();
  }
});

test('DynamoDB answers every history as the protocol does, and keeps the same record', async () => {
  await using server = await FakeDynamodb.start();
  const client = new DynamoDB({ endpoint: server.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  try {
    await client.createTable(dynamodbTable({ table: 'claims' }));
    let nowMs = 0;
    // Watching never ends here, so that the clock decides as it does in the model.
    let backwards = 0;
    const store = createDynamodbStore({ client, table: 'claims', maxClockSkewMs: 0, now: () => nowMs, monotonicNow: () => (backwards -= YEAR_MS) });

    const claim = store.claim.bind(store);
    // After the clock has gone back, a lease is not longer than it is; in the model it is.
    store.claim = async (request) => {
      const answer = await claim(request);
      if (answer.outcome !== 'busy' || answer.because !== 'held') return answer;
      const record = await store.read(request.key);
      const retryAfterMs = (record?.dueAt ?? 0) - nowMs;
      assert.ok(answer.retryAfterMs > 0 && answer.retryAfterMs <= retryAfterMs);
      return { ...answer, retryAfterMs };
    };

    await followModel({ store, setNow: (ms) => void (nowMs = ms) }, { runs: 15 });
  } finally {
    client.destroy();
  }
});

/** The scripts with a clock of our own in place of the server's, and with no key that vanishes by that other clock. */
function withClock(connection: Connection, change: (source: string) => string = (source) => source.replaceAll(PXAT, '')): Connection {
  return {
    ...connection,
    run: (script, keys, args) => {
      const source = change(script.source)
        .replaceAll("redis.call('TIME')", "redis.call('MGET', 'seconds', 'microseconds')")
        .replaceAll(`redis.call('PEXPIREAT', KEYS[2], ${GONE})`, '');
      if (/PXAT|PEXPIREAT|'TIME'/.test(source)) throw new Error('The scripts have changed, and this test has not.');
      return connection.run({ source, sha: `unknown-${script.sha}` }, keys, args);
    },
  };
}

const GONE = 'math.max(keep, math.floor(epoch / 1024) + 1)';
const PXAT = `, 'PXAT', ${GONE}`;
const YEAR_MS = 31_536_000_000;

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { VirtualClock } from '@spotproof/core';
import { dynamoDbMemory, type MemoryStore, type UnitMemory } from '@spotproof/controller';
import dynalite from 'dynalite';

const HOLD = { waitMs: 0, holdMs: 30_000 };
const MEMORY: UnitMemory = {
  capacity: {
    state: 'FALLBACK',
    held: { target: 10, at: 5 },
    shortSince: undefined,
    stableSince: undefined,
    stableForMs: 300_000,
    raisedAt: 5,
    releasedAt: undefined,
    progress: { serving: 3, at: 5 },
    suspendedScaleIn: true,
  },
  readAt: 5,
};

void describe('the memory in DynamoDB', () => {
  const server = createServer();
  const clock = new VirtualClock(1_000_000);
  let client: DynamoDBClient;
  const storeOf = (owner: string): MemoryStore => dynamoDbMemory({ client, table: 'memory', clock, owner });

  before(async () => {
    const database = dynalite({ createTableMs: 0 });
    server.on('request', (request, response) => database.emit('request', request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
      maxAttempts: 1,
    });
    await client.send(
      new CreateTableCommand({
        TableName: 'memory',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  after(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });

  test('gives back what was kept', async () => {
    const first = await storeOf('a').acquire('web/kept', HOLD);
    await first?.release(MEMORY);
    const second = await storeOf('b').acquire('web/kept', HOLD);

    assert.equal(first?.memory, undefined);
    assert.deepEqual(second?.memory, MEMORY);
  });

  test('has one holder at a time, and another as soon as the first lets go or its time is over', async () => {
    const first = await storeOf('a').acquire('web/one', HOLD);
    const during = await storeOf('b').acquire('web/one', HOLD);
    await first?.release();
    const after = await storeOf('b').acquire('web/one', HOLD);
    clock.advance(30_001);
    const later = await storeOf('c').acquire('web/one', HOLD);

    assert.equal(during, undefined);
    assert.ok(after !== undefined && later !== undefined);
  });

  test('is held by nobody who could only have it by a wrong clock', async () => {
    await dynamoDbMemory({ client, table: 'memory', clock: new VirtualClock(clock.now() + 3_600_000), owner: 'ahead' }).acquire('web/ahead', HOLD);

    assert.ok((await storeOf('b').acquire('web/ahead', HOLD)) !== undefined);
  });

  test('keeps what its holder remembers on the way, and refuses to for one that is no holder any more', async () => {
    const first = await storeOf('a').acquire('web/way', HOLD);
    await first?.keep(MEMORY);
    const during = await storeOf('b').acquire('web/way', HOLD);
    clock.advance(30_001);
    const second = await storeOf('b').acquire('web/way', HOLD);

    assert.equal(during, undefined, 'the unit is still held');
    assert.deepEqual(second?.memory, MEMORY);
    await assert.rejects(first?.keep(MEMORY) ?? Promise.resolve(), /ConditionalCheckFailedException/);
  });

  test('of ten that ask at once, one gets it', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => storeOf(`w${index}`).acquire('web/race', HOLD)));

    assert.equal(all.filter((held) => held !== undefined).length, 1);
  });

  test('a holder that was stopped for too long changes nothing when it wakes, under the same name neither', async () => {
    const stopped = await storeOf('same').acquire('web/zombie', HOLD);
    clock.advance(30_001);
    const next = await storeOf('same').acquire('web/zombie', HOLD);
    await stopped?.release({ ...MEMORY, readAt: 666 });
    const during = await storeOf('c').acquire('web/zombie', HOLD);
    await next?.release(MEMORY);
    const seen = await storeOf('c').acquire('web/zombie', HOLD);

    assert.equal(during, undefined, 'the unit is still held');
    assert.equal(seen?.memory?.readAt, MEMORY.readAt);
  });

  test('what it cannot read is no memory', async () => {
    await client.send(
      new UpdateItemCommand({
        TableName: 'memory',
        Key: { pk: { S: 'web/old' } },
        UpdateExpression: 'SET memory = :memory',
        ExpressionAttributeValues: { ':memory': { S: '{"of":"another version"}' } },
      }),
    );

    assert.equal((await storeOf('a').acquire('web/old', HOLD))?.memory, undefined);
  });

  test('a table that is not there is a refusal that names the call', async () => {
    const store = dynamoDbMemory({ client, table: 'missing', clock, owner: 'a' });

    await assert.rejects(store.acquire('web/api', HOLD), /dynamodb:UpdateItem failed with ResourceNotFoundException.*Correct what it was asked for/);
  });
});

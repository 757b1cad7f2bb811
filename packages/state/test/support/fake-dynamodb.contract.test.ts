import assert from 'node:assert/strict';
import test from 'node:test';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { dynamodbTable } from '../../src/stores/dynamodb/index.ts';
import { FakeDynamodb } from './fake-dynamodb.ts';
import { Dynalite } from './servers/dynalite.ts';

test('our fake of DynamoDB answers every history of calls as dynalite does', async () => {
  await using fake = await FakeDynamodb.start();
  await using dynalite = await Dynalite.start();
  const clients = [fake, dynalite].map(
    ({ endpoint }) => new DynamoDB({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
  );
  let history = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 30 }), async (steps) => {
        history += 1;
        const table = `history-${history}`;
        for (const client of clients) await client.createTable(dynamodbTable({ table }));
        for (const step of steps) {
          const [got, expected] = await Promise.all(clients.map((client) => perform(client, table, step)));

          assert.deepEqual(got, expected, JSON.stringify(step));
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  } finally {
    for (const client of clients) client.destroy();
  }
});

type Step = Readonly<{
  call: 'put' | 'update' | 'delete' | 'get' | 'query' | 'scan';
  key: string;
  name: 'a' | 'b' | 'dueIndexAt';
  value: number;
  condition: string | undefined;
  update: string;
  limit: number;
  isIndexed: boolean;
}>;

const CONDITION = fc.constantFrom(
  undefined,
  'attribute_not_exists(#pk)',
  'attribute_exists(#name)',
  '#name = :value',
  '#name <> :value',
  '#name < :value',
  '#name >= :value',
  '#name <= :value AND attribute_exists(#pk)',
  '(#name > :value OR attribute_not_exists(#name)) AND attribute_exists(#pk)',
  '#unused = :value',
  'attribute_exists(#pk) OR #name = :value AND #name = :value',
);

const STEP: fc.Arbitrary<Step> = fc.record({
  call: fc.constantFrom('put', 'put', 'update', 'update', 'update', 'delete', 'get', 'query', 'scan'),
  key: fc.constantFrom('one', 'two', 'three', ''),
  name: fc.constantFrom('a', 'b', 'dueIndexAt'),
  value: fc.integer({ min: 0, max: 3 }),
  condition: CONDITION,
  update: fc.constantFrom(
    'SET #name = :value',
    'SET #name = #name + :value',
    'SET #other = :value REMOVE #name',
    'REMOVE #name',
    'SET #name = :value, #name = :value',
  ),
  limit: fc.integer({ min: 1, max: 4 }),
  isIndexed: fc.boolean(),
});

async function perform(client: DynamoDB, table: string, { call, key, name, value, condition, update, limit, isIndexed }: Step): Promise<unknown> {
  const Key = { pk: { S: key } };
  const given = (...expressions: readonly (string | undefined)[]): object => placeholdersIn(expressions.join(' '), name, value);
  const conditional = condition === undefined ? {} : { ConditionExpression: condition };
  try {
    switch (call) {
      case 'put': {
        const index = isIndexed ? { dueIndex: { S: 'index' }, dueIndexAt: { N: String(value) } } : {};
        return (await client.putItem({ TableName: table, Item: { ...Key, a: { N: String(value) }, ...index }, ...conditional, ...given(condition) }))
          .Attributes;
      }
      case 'update':
        return (
          await client.updateItem({
            TableName: table,
            Key,
            UpdateExpression: update,
            ReturnValues: 'ALL_NEW',
            ...conditional,
            ...given(update, condition),
          })
        ).Attributes;
      case 'delete':
        return (await client.deleteItem({ TableName: table, Key, ...conditional, ...given(condition) })).Attributes;
      case 'get':
        return (await client.getItem({ TableName: table, Key, ConsistentRead: true })).Item;
      case 'query': {
        const expression = 'dueIndex = :index AND dueIndexAt <= :value';
        const found = await client.query({
          TableName: table,
          IndexName: 'due',
          KeyConditionExpression: expression,
          ExpressionAttributeValues: { ':index': { S: 'index' }, ':value': { N: String(value) } },
          Limit: limit,
        });
        // Of one time their order is anybody's.
        return { times: found.Items?.map((item) => item['dueIndexAt']?.N), isLast: found.LastEvaluatedKey === undefined };
      }
      case 'scan': {
        const filter = condition === undefined ? {} : { FilterExpression: condition };
        const { Items = [] } = await client.scan({ TableName: table, ConsistentRead: true, ...filter, ...given(condition) });
        return Items.toSorted((a, b) => ((a['pk']?.S ?? '') < (b['pk']?.S ?? '') ? -1 : 1));
      }
      default:
        return call satisfies never;
    }
  } catch (error) {
    return { error: error instanceof Error ? error.name : error };
  }
}

/** Those that are there, and nothing else, unless it says so. */
function placeholdersIn(text: string, name: string, value: number): object {
  const all: Readonly<Record<string, string>> = { '#pk': 'pk', '#name': name, '#other': 'other', '#unused': name };
  const names = Object.fromEntries(Object.entries(all).filter(([placeholder]) => text.includes(placeholder)));
  const isExtra = text.includes('#unused');
  return {
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: isExtra ? { ...names, '#nobody': 'nobody' } : names }),
    ...(text.includes(':value') ? { ExpressionAttributeValues: { ':value': { N: String(value) } } } : {}),
  };
}

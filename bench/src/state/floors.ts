import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { CreateTableCommandInput, DynamoDB } from '@aws-sdk/client-dynamodb';
import type { Redis } from 'ioredis';
import type { Pool as MysqlPool } from 'mysql2/promise';
import type { Pool as PostgresPool } from 'pg';
import type { RedisClientType } from 'redis';
import { createTable } from './open-store.ts';
import { RESULT_TEXT, type Work } from './spotproof.ts';

/** The least that anybody can do for it: two plain writes for a first call, a plain read for a replay, a plain insert for a step, a plain update. */
async function floorOf(raw: Raw): Promise<Work> {
  const known = Array.from({ length: KNOWN }, () => randomUUID());
  for (const key of known) {
    await raw.insert(key, 'token', '');
    await raw.finish(key, 'token', RESULT_TEXT);
  }
  let asked = 0;
  return {
    first: async () => {
      const key = randomUUID();
      await raw.insert(key, 'token', '');
      await raw.finish(key, 'token', RESULT_TEXT);
    },
    replay: () => raw.read(known[(asked += 1) % KNOWN]!),
    step: () => raw.insert(randomUUID(), 'token', RESULT_TEXT),
    heartbeat: (lane) => raw.touch(known[lane % KNOWN]!, 'token'),
  };
}

interface Raw {
  readonly insert: (key: string, token: string, result: string) => Promise<unknown>;
  readonly finish: (key: string, token: string, result: string) => Promise<unknown>;
  readonly read: (key: string) => Promise<unknown>;
  readonly touch: (key: string, token: string) => Promise<unknown>;
}

export function ioredisFloor(client: Redis): Promise<Work> {
  return floorOf({
    insert: (key, token, result) => client.set(key, token + result, 'PX', DAY_MS, 'NX'),
    finish: (key, token, result) => client.set(key, token + result, 'PX', DAY_MS),
    read: (key) => client.get(key),
    touch: (key) => client.pexpire(key, DAY_MS),
  });
}

export function nodeRedisFloor(client: RedisClientType): Promise<Work> {
  const expiration = { type: 'PX', value: DAY_MS } as const;
  return floorOf({
    insert: (key, token, result) => client.set(key, token + result, { condition: 'NX', expiration }),
    finish: (key, token, result) => client.set(key, token + result, { expiration }),
    read: (key) => client.get(key),
    touch: (key) => client.pExpire(key, DAY_MS),
  });
}

export async function postgresFloor(pool: PostgresPool): Promise<Work> {
  await pool.query('CREATE TABLE IF NOT EXISTS floor (key text PRIMARY KEY, token text NOT NULL, due_at bigint NOT NULL, result text NOT NULL)');
  const send = (name: string, text: string, values: unknown[]): Promise<unknown> => pool.query({ name, text, values });
  return await floorOf({
    insert: (key, token, result) =>
      send('insert', 'INSERT INTO floor VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING due_at', [key, token, Date.now(), result]),
    finish: (key, token, result) => send('finish', 'UPDATE floor SET result = $3 WHERE key = $1 AND token = $2', [key, token, result]),
    read: (key) => send('read', 'SELECT result FROM floor WHERE key = $1', [key]),
    touch: (key, token) => send('touch', 'UPDATE floor SET due_at = $3 WHERE key = $1 AND token = $2', [key, token, Date.now()]),
  });
}

export async function mysqlFloor(pool: MysqlPool): Promise<Work> {
  await pool.query(
    'CREATE TABLE IF NOT EXISTS floor (`key` VARCHAR(100) PRIMARY KEY, token VARCHAR(100) NOT NULL, due_at BIGINT NOT NULL, result TEXT NOT NULL) ENGINE=InnoDB',
  );
  return await floorOf({
    insert: (key, token, result) => pool.query('INSERT IGNORE INTO floor VALUES (?, ?, ?, ?)', [key, token, Date.now(), result]),
    finish: (key, token, result) => pool.query('UPDATE floor SET result = ? WHERE `key` = ? AND token = ?', [result, key, token]),
    read: (key) => pool.query('SELECT result FROM floor WHERE `key` = ?', [key]),
    touch: (key, token) => pool.query('UPDATE floor SET due_at = ? WHERE `key` = ? AND token = ?', [Date.now(), key, token]),
  });
}

export function sqliteFloor(database: DatabaseSync): Promise<Work> {
  database.exec('CREATE TABLE IF NOT EXISTS floor (key TEXT PRIMARY KEY, token TEXT NOT NULL, due_at INTEGER NOT NULL, result TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO floor VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const finish = database.prepare('UPDATE floor SET result = ? WHERE key = ? AND token = ?');
  const read = database.prepare('SELECT result FROM floor WHERE key = ?');
  const touch = database.prepare('UPDATE floor SET due_at = ? WHERE key = ? AND token = ?');
  return floorOf({
    insert: async (key, token, result) => insert.run(key, token, Date.now(), result),
    finish: async (key, token, result) => finish.run(result, key, token),
    read: async (key) => read.get(key),
    touch: async (key, token) => touch.run(Date.now(), key, token),
  });
}

export async function dynamodbFloor(client: DynamoDB): Promise<Work> {
  const TableName = 'floor';
  await createTable(client, tableOfIds(TableName));
  const update = (key: string, token: string, name: 'result' | 'dueAt', value: string): Promise<unknown> =>
    client.updateItem({
      TableName,
      Key: { id: { S: key } },
      UpdateExpression: 'SET #n = :v',
      ConditionExpression: '#t = :t',
      ExpressionAttributeNames: { '#n': name, '#t': 'token' },
      ExpressionAttributeValues: { ':v': { S: value }, ':t': { S: token } },
    });
  return await floorOf({
    insert: (key, token, result) =>
      client.putItem({
        TableName,
        Item: { id: { S: key }, token: { S: token }, dueAt: { S: String(Date.now()) }, result: { S: result } },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    finish: (key, token, result) => update(key, token, 'result', result),
    read: (key) => client.getItem({ TableName, Key: { id: { S: key } }, ConsistentRead: true }),
    touch: (key, token) => update(key, token, 'dueAt', String(Date.now())),
  });
}

export function tableOfIds(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  };
}

const KNOWN = 200;
const DAY_MS = 86_400_000;

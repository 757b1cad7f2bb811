import { type AttributeValue, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '@spotproof/core';
import type { Held, MemoryStore } from '../memory.ts';
import { parseMemory } from '../parse-memory.ts';
import { sleep } from '../sleep.ts';
import { call, isRefusal } from './call.ts';

export interface DynamoDbMemoryOptions {
  readonly client: DynamoDBClient;
  /** A table with the partition key `pk`, a string. */
  readonly table: string;
  /** Its origin must be the Unix epoch: other processes compare with it. */
  readonly clock: Clock;
  /** Tells this process from others. */
  readonly owner: string;
}

/**
 * Memory and lease of a unit in one small item. Each acquisition has an `epoch` of its own that only goes up, and letting go is conditional on it: a
 * holder that was stopped for longer than it may hold changes nothing when it wakes.
 */
export function dynamoDbMemory({ client, table, clock, owner }: DynamoDbMemoryOptions): MemoryStore {
  return {
    async acquire(unitId, { waitMs, holdMs }) {
      const giveUpAt = clock.now() + waitMs;
      for (;;) {
        const item = await take(unitId, holdMs);
        if (item !== undefined) return held(unitId, item);
        if (clock.now() + POLL_MS > giveUpAt) return undefined;
        await sleep(clock, POLL_MS);
      }
    },
  };

  async function take(unitId: string, holdMs: number): Promise<Readonly<Record<string, AttributeValue>> | undefined> {
    const now = clock.now();
    try {
      const answer = await call('dynamodb:UpdateItem', () =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { pk: { S: unitId } },
            UpdateExpression: 'SET leaseOwner = :owner, leaseUntil = :until ADD epoch :one',
            ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil < :now',
            ExpressionAttributeValues: { ':owner': { S: owner }, ':until': whole(now + holdMs), ':now': whole(now), ':one': { N: '1' } },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return answer.Attributes ?? {};
    } catch (error) {
      if (isRefusal(error, 'ConditionalCheckFailedException')) return undefined;
      throw error;
    }
  }

  function held(unitId: string, item: Readonly<Record<string, AttributeValue>>): Held {
    return {
      memory: parseMemory(item['memory']?.S),
      until: Number(item['leaseUntil']?.N ?? 0),
      async release(memory) {
        const keep = memory === undefined ? {} : { ':memory': { S: JSON.stringify(memory) } };
        try {
          await call('dynamodb:UpdateItem', () =>
            client.send(
              new UpdateItemCommand({
                TableName: table,
                Key: { pk: { S: unitId } },
                UpdateExpression: `${memory === undefined ? '' : 'SET memory = :memory '}REMOVE leaseOwner, leaseUntil`,
                ConditionExpression: 'epoch = :epoch',
                ExpressionAttributeValues: { ...keep, ':epoch': item['epoch'] ?? { N: '0' } },
              }),
            ),
          );
        } catch (error) {
          if (!isRefusal(error, 'ConditionalCheckFailedException')) throw error;
        }
      },
    };
  }
}

function whole(value: number): AttributeValue {
  return { N: String(Math.round(value)) };
}

const POLL_MS = 250;

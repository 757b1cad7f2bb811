import { type AttributeValue, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '@spotproof/core';
import type { Held, MemoryStore, UnitMemory } from '../memory.ts';
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
            ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil < :now OR leaseUntil > :beyond',
            ExpressionAttributeValues: {
              ':owner': { S: owner },
              ':until': whole(now + holdMs),
              ':now': whole(now),
              // Nobody may hold it for so long: a clock is wrong.
              ':beyond': whole(now + holdMs + CLOCKS_DIFFER_MS),
              ':one': { N: '1' },
            },
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
    const update = async (memory: UnitMemory | undefined, rest: string): Promise<void> => {
      const keep = memory === undefined ? {} : { ':memory': { S: JSON.stringify(memory) } };
      await call('dynamodb:UpdateItem', () =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { pk: { S: unitId } },
            UpdateExpression: `${memory === undefined ? '' : 'SET memory = :memory '}${rest}`,
            ConditionExpression: 'epoch = :epoch',
            ExpressionAttributeValues: { ...keep, ':epoch': item['epoch'] ?? { N: '0' } },
          }),
        ),
      );
    };
    return {
      memory: parseMemory(item['memory']?.S),
      until: Number(item['leaseUntil']?.N ?? 0),
      keep: (memory) => update(memory, ''),
      async release(memory) {
        try {
          await update(memory, 'REMOVE leaseOwner, leaseUntil');
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
/** A holder's clock may be so far ahead of another's. */
const CLOCKS_DIFFER_MS = 60_000;

import { SpotproofError } from '@spotproof/core';
import { Calls } from './calls.ts';
import type { DynamodbClient } from './client.ts';
import { DueIndex } from './due-index.ts';
import { DynamodbClaimStore, type DynamodbStore } from './dynamodb-store.ts';
import { Watches } from './watches.ts';

export type { DynamodbClient, TransactItem } from './client.ts';
export type { DynamodbStore } from './dynamodb-store.ts';
export { dynamodbTable, type DynamodbTable, type DynamodbTableOptions } from './table.ts';

export interface DynamodbStoreOptions {
  /** `new DynamoDB({ … })` of @aws-sdk/client-dynamodb; closed by whoever made it. */
  readonly client: DynamodbClient;
  /** A table as {@link dynamodbTable} says, in the one region in which all claim. */
  readonly table: string;
  /**
   * By how much the clocks of two machines may differ, in milliseconds, 0 to 3,600,000. With it a lease is also over when so much has passed after its
   * end by this machine's clock, so that a task that was just started need not watch a record for a whole lease first. Default: clocks are not trusted.
   */
  readonly maxClockSkewMs?: number;
  /** Partitions of the index for each kind, 1 to 64. All processes must say the same. Default 4. */
  readonly indexShards?: number;
  /** Kinds whose due records are looked for, and which need an index for it. Default: all but `once:` and `http:`, which their own callers come back for. */
  readonly isIndexed?: (kind: string) => boolean;
  /** How long an answer is waited for, the SDK's own retries included, in milliseconds, 1 to 600,000. Default 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds that never go back. Default: `performance.now`. */
  readonly monotonicNow?: () => number;
}

/**
 * Claims in DynamoDB: each operation is one conditional write of one item. It has no clock, so that whoever wants a key that is held watches it: the lease
 * is over when the item has not changed for as long as the lease is. A first call is two writes, a replay one that is refused; what is stored costs by its
 * size at each write.
 *
 * Call `check()` before the first work: it refuses a table that is not set up for it.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function createDynamodbStore(options: DynamodbStoreOptions): DynamodbStore {
  const { client, table, maxClockSkewMs, indexShards = 4, isIndexed = isLookedFor, timeoutMs = 10_000 } = options;
  if (typeof client !== 'object' || client === null || typeof client.putItem !== 'function') {
    throw invalid(
      'client must be a `DynamoDB` of @aws-sdk/client-dynamodb, which has a method for each call; `DynamoDBClient` and document clients have not',
    );
  }
  if (typeof table !== 'string' || table === '') throw invalid(`table must be the name of a table, got ${JSON.stringify(table)}`);
  if (maxClockSkewMs !== undefined) checkWhole('maxClockSkewMs', maxClockSkewMs, 0, 3_600_000);
  checkWhole('indexShards', indexShards, 1, 64);
  checkWhole('timeoutMs', timeoutMs, 1, 600_000);
  return new DynamodbClaimStore({
    calls: new Calls(client, table, timeoutMs),
    watches: new Watches(options.monotonicNow ?? (() => performance.now())),
    index: new DueIndex(indexShards, isIndexed),
    maxClockSkewMs,
    now: options.now ?? Date.now,
  });
}

function isLookedFor(kind: string): boolean {
  return !kind.startsWith('once:') && !kind.startsWith('http:');
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
}

function invalid(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

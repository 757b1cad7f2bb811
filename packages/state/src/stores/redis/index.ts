import { SpotproofError } from '@spotproof/core';
import type { ClaimStore, Durability } from '../../store.ts';
import type { RedisClient } from './client.ts';
import { connectionOf } from './connection.ts';
import { Keys } from './keys.ts';
import { RedisStore } from './redis-store.ts';

export type { Argument, CommandOptions, IoredisClient, IoredisCluster, NodeRedisClient, NodeRedisCluster, RedisClient } from './client.ts';

export interface RedisStoreOptions {
  /** Of ioredis, iovalkey or node-redis; connected, and closed, by whoever made it. Redis 7 or newer, or Valkey. */
  readonly client: RedisClient;
  /** All keys begin with it. 1 to 64 letters, digits, `_ . : -`. Default `spotproof`. */
  readonly prefix?: string;
  /**
   * What becomes of a write that was acknowledged, where you know it better than the server says. Default: what `check()` sees, and `async` before it:
   * Redis acknowledges before its replicas have the write, so that a failover may lose the last claims.
   */
  readonly durability?: Durability;
  /** Hash slots over which records are spread in a Cluster, 1 to 1024. It says where a record is: it can never change. Default 16. */
  readonly shards?: number;
  /** Kinds whose due records are looked for, and which need an index for it. Default: all but `once:` and `http:`, which their own callers come back for. */
  readonly isIndexed?: (kind: string) => boolean;
  /** How long an answer is waited for, in milliseconds, 1 to 600,000. Default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Claims in Redis or Valkey: each operation is one script on the keys of one record, and one round trip. Time is the server's.
 *
 * Call `check()` before the first work: it refuses a server that evicts, is a replica, or is too old.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function createRedisStore(options: RedisStoreOptions): ClaimStore {
  const { client, prefix = 'spotproof', durability, shards = 16, isIndexed = isLookedFor, timeoutMs = 10_000 } = options;
  if (durability !== undefined && !['sync', 'async', 'none'].includes(durability)) {
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `durability must be sync, async or none, got ${JSON.stringify(durability)}.`);
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 600_000) {
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `timeoutMs must be a whole number from 1 to 600000, got ${timeoutMs}.`);
  }
  return new RedisStore({ connection: connectionOf(client, timeoutMs), keys: new Keys(prefix, shards), durability, isIndexed });
}

function isLookedFor(kind: string): boolean {
  return !kind.startsWith('once:') && !kind.startsWith('http:');
}

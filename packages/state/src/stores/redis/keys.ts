import { SpotproofError } from '@spotproof/core';

/** Names of what a store keeps in Redis. All of one record, and the index that finds it, have one hash tag: a Cluster keeps them on one node. */
export class Keys {
  readonly prefix: string;
  readonly shards: number;
  readonly #tags: readonly string[];

  constructor(prefix: string, shards: number) {
    if (!/^[\w.:-]{1,64}$/.test(prefix)) {
      throw invalid(`prefix must be 1 to 64 letters, digits and any of _ . : -, got ${JSON.stringify(prefix)}`);
    }
    if (!Number.isInteger(shards) || shards < 1 || shards > 1024) throw invalid(`shards must be a whole number from 1 to 1024, got ${shards}`);
    this.prefix = prefix;
    this.shards = shards;
    this.#tags = Array.from({ length: shards }, (_, shard) => `{${prefix}:${shard}}`);
  }

  /** KEYS of a script: record, data, index. */
  of(key: string): readonly [record: string, data: string, index: string] {
    const tag = this.#tag(this.shardOf(key));
    return [`${tag}:r:${key}`, `${tag}:d:${key}`, `${tag}:due`];
  }

  recordOf(key: string): string {
    return `${this.#tag(this.shardOf(key))}:r:${key}`;
  }

  indexOf(shard: number): string {
    return `${this.#tag(shard)}:due`;
  }

  shardOf(key: string): number {
    return hash(key) % this.shards;
  }

  /** For SCAN: all records. */
  get pattern(): string {
    return `{${this.prefix}:*}:r:*`;
  }

  /** The key of a record that was found by {@link pattern}; undefined if it is another store's. */
  keyOf(record: string): string | undefined {
    const end = record.indexOf('}:r:');
    const key = record.slice(end + 4);
    return end > 0 && this.of(key)[0] === record ? key : undefined;
  }

  #tag(shard: number): string {
    return this.#tags[shard] ?? '';
  }
}

/** Where in an index the records of one kind are, from 1 on. Kinds that share a bucket are told apart when they are read. */
export function bucketOf(kind: string): number {
  return 1 + (hash(kind) % (BUCKETS - 1));
}

/** FNV-1a over UTF-16 code units. It says where a record is: it can never change. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01_00_01_93);
  return value >>> 0;
}

function invalid(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

/** 10 of the 53 bits of a score. */
const BUCKETS = 1024;

import type { ClaimRecord } from '../../protocol/index.ts';

/** Which partition of the index a record is in: one kind is spread over several, since one of them bears a thousand writes a second. */
export class DueIndex {
  readonly #shards: number;
  readonly #isIndexed: (kind: string) => boolean;

  constructor(shards: number, isIndexed: (kind: string) => boolean) {
    this.#shards = shards;
    this.#isIndexed = isIndexed;
  }

  partitionOf({ key, kind, state }: Pick<ClaimRecord, 'key' | 'kind' | 'state'>): string | undefined {
    const isOpen = state === 'pending' || state === 'held';
    return isOpen && this.#isIndexed(kind) ? partition(kind, hash(key) % this.#shards) : undefined;
  }

  /** Undefined for a kind that is in no index. */
  partitionsOf(kind: string): readonly string[] | undefined {
    return this.#isIndexed(kind) ? Array.from({ length: this.#shards }, (_, shard) => partition(kind, shard)) : undefined;
  }
}

function partition(kind: string, shard: number): string {
  return `${shard}:${kind}`;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01_00_01_93);
  return value >>> 0;
}

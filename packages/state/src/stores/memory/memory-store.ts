import { checkQuery, checkRequest, type Checkable } from '../../check-request.ts';
import { next, type ClaimRecord, type Operation, type Outcomes } from '../../protocol/index.ts';
import type { ClaimSummary, ListPage, ListQuery, StoreCapabilities, StoreCheck } from '../../store.ts';
import { PerformingStore } from '../performing-store.ts';
import { positionOf } from '../sql/page.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/**
 * Claims in the memory of this process, gone with it: for tests and for work that no other process does. It is the protocol itself, without anything
 * around it.
 */
export class MemoryStore extends PerformingStore {
  readonly capabilities: StoreCapabilities = { name: 'memory', durability: 'none', clock: 'server', maxBytes: MAX_BYTES };
  readonly #now: () => number;
  readonly #records = new Map<string, ClaimRecord>();

  constructor({ now = Date.now }: MemoryStoreOptions = {}) {
    super();
    this.#now = now;
  }

  // oxlint-disable-next-line typescript/require-await -- as an error of a store is told
  async read(key: string): Promise<ClaimRecord | undefined> {
    checkRequest({ key }, MAX_BYTES);
    const record = this.#records.get(key);
    return record === undefined ? undefined : { ...record, data: copyOf(record.data), result: copyOf(record.result) };
  }

  // oxlint-disable-next-line typescript/require-await -- as an error of a store is told
  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    const { at, key } = positionOf(query.cursor);
    const after: Place = { dueAt: at, key };
    const found = [...this.#records.values()].filter((record) => this.#matches(record, query) && byTime(record, after) > 0).toSorted(byTime);
    const records = found.slice(0, query.limit).map(summaryOf);
    const last = records.at(-1);
    return { records, cursor: last === undefined || found.length === records.length ? undefined : `${last.dueAt}:${last.key}` };
  }

  check(): Promise<StoreCheck> {
    return Promise.resolve({ version: process.version, durability: this.capabilities.durability, warnings: [] });
  }

  #matches(record: ClaimRecord, { kind, state }: ListQuery): boolean {
    if (kind !== undefined && record.kind !== kind) return false;
    if (state === 'due') return (record.state === 'pending' || record.state === 'held') && record.dueAt <= this.#now();
    return state === undefined || record.state === state;
  }

  // oxlint-disable-next-line typescript/require-await -- as an error of a store is told
  protected async perform<O extends Operation & Checkable>(operation: O): Promise<Outcomes[O['op']]> {
    checkRequest(operation, MAX_BYTES);
    const before = this.#records.get(operation.key);
    const { record, outcome } = next(before, operation, this.#now());
    if (record === undefined) this.#records.delete(operation.key);
    else if (record !== before) this.#records.set(operation.key, withOwnBytes(record, before));
    return withCopies(outcome);
  }
}

/** What came with the operation is copied: the caller may go on to use its buffers. */
function withOwnBytes(record: ClaimRecord, before: ClaimRecord | undefined): ClaimRecord {
  const data = record.data === before?.data ? record.data : copyOf(record.data);
  const result = record.result === before?.result ? record.result : copyOf(record.result);
  return { ...record, data, result };
}

function withCopies<O>(outcome: O): O {
  if (typeof outcome !== 'object' || outcome === null) return outcome;
  return {
    ...outcome,
    ...('data' in outcome && outcome.data instanceof Uint8Array ? { data: copyOf(outcome.data) } : {}),
    ...('result' in outcome && outcome.result instanceof Uint8Array ? { result: copyOf(outcome.result) } : {}),
  };
}

/** A place in the order, not a number of records: those before it may change or go between two pages. */
type Place = Pick<ClaimRecord, 'dueAt' | 'key'>;

function byTime(a: Place, b: Place): number {
  if (a.dueAt !== b.dueAt || a.key === b.key) return a.dueAt - b.dueAt;
  return a.key < b.key ? -1 : 1;
}

/** Also of a Buffer, whose slice() shows the same memory. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === 0 ? EMPTY : new Uint8Array(bytes);
}

function summaryOf({ data: _data, result: _result, ...summary }: ClaimRecord): ClaimSummary {
  return summary;
}

const EMPTY = new Uint8Array();
const MAX_BYTES = 64 * 1024 * 1024;

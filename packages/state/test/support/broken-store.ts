import { checkQuery, checkRequest, type Checkable } from '../../src/check-request.ts';
import { next, type ClaimRecord, type Operation, type Outcomes } from '../../src/protocol/index.ts';
import type { ClaimStore, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck } from '../../src/store.ts';
import { positionOf } from '../../src/stores/sql/page.ts';
import type { Next } from './faulty-next.ts';

/** Where a store may go wrong. Without any of it the store is right: it is held to that, so that a fault is what its name says and nothing else. */
export interface Faults {
  readonly next?: Next;
  /** The record is read, and written a turn later, whatever came in between. */
  readonly readsThenWrites?: ReadonlySet<Operation['op']>;
  /** As a collation, a trim or a normalisation compares keys. */
  readonly foldsKeys?: (key: string) => string;
  readonly acceptsAnything?: boolean;
  /** As bytes that went through a text column. */
  readonly damagesBytes?: boolean;
  /** What callers gave and were given is what is kept. */
  readonly sharesBytes?: boolean;
  readonly listsInOrderOf?: (a: ClaimRecord, b: ClaimRecord) => number;
  /** Pages by a number of records, not by a place in the order. */
  readonly pagesByOffset?: boolean;
  readonly listsWhatIsNotDue?: boolean;
}

/** A store in memory that can be made to have any of the {@link Faults}. No test of anything else uses it. */
export class BrokenStore implements ClaimStore {
  readonly capabilities: StoreCapabilities = { name: 'broken', durability: 'none', clock: 'server', maxBytes: 1_000_000 };
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #records = new Map<string, ClaimRecord>();

  constructor(faults: Faults, now: () => number) {
    this.#faults = faults;
    this.#now = now;
  }

  add = (request: Request<Extract<Operation, { op: 'add' }>>): Promise<Outcomes['add']> => this.#perform({ op: 'add', ...request });
  claim = (request: Request<Extract<Operation, { op: 'claim' }>>): Promise<Outcomes['claim']> => this.#perform({ op: 'claim', ...request });
  renew = (request: Request<Extract<Operation, { op: 'renew' }>>): Promise<Outcomes['renew']> => this.#perform({ op: 'renew', ...request });
  save = (request: Request<Extract<Operation, { op: 'save' }>>): Promise<Outcomes['save']> => this.#perform({ op: 'save', ...request });
  settle = (request: Request<Extract<Operation, { op: 'settle' }>>): Promise<Outcomes['settle']> => this.#perform({ op: 'settle', ...request });
  revive = (request: Request<Extract<Operation, { op: 'revive' }>>): Promise<Outcomes['revive']> => this.#perform({ op: 'revive', ...request });
  purge = (request: Request<Extract<Operation, { op: 'purge' }>>): Promise<Outcomes['purge']> => this.#perform({ op: 'purge', ...request });

  async read(key: string): Promise<ClaimRecord | undefined> {
    this.#check({ key });
    await turn();
    return this.#own(this.#records.get(this.#fold(key)));
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    await turn();
    const order = this.#faults.listsInOrderOf ?? ((a, b) => a.dueAt - b.dueAt || (a.key < b.key ? -1 : 1));
    const found = [...this.#records.values()].filter((record) => this.#matches(record, query)).toSorted(order);
    const start = query.cursor === undefined ? 0 : this.#faults.pagesByOffset ? Number(query.cursor) : placeAfter(found, query.cursor);
    const records = found.slice(start, start + query.limit);
    const last = records.at(-1);
    const hasMore = last !== undefined && start + records.length < found.length;
    const cursor = hasMore ? (this.#faults.pagesByOffset ? String(start + records.length) : `${last.dueAt}:${last.key}`) : undefined;
    return { records: records.map(({ data: _data, result: _result, ...summary }) => summary), cursor };
  }

  check(): Promise<StoreCheck> {
    return Promise.resolve({ version: '1', durability: 'none', warnings: [] });
  }

  async #perform<O extends Operation & Checkable>(operation: O): Promise<Outcomes[O['op']]> {
    this.#check(operation);
    const sent = this.#own(operation);
    await turn();
    const key = this.#fold(operation.key);
    const seen = this.#records.get(key);
    if (this.#faults.readsThenWrites?.has(operation.op) === true) await turn();
    const { record, outcome } = (this.#faults.next ?? next)(seen, sent, this.#now());
    if (record === undefined) this.#records.delete(key);
    else if (record !== seen) this.#records.set(key, this.#faults.damagesBytes ? { ...record, result: asText(record.result) } : record);
    return this.#own(outcome);
  }

  #own<T>(value: T): T {
    return this.#faults.sharesBytes === true ? value : structuredClone(value);
  }

  #matches(record: ClaimRecord, { kind, state }: ListQuery): boolean {
    if (kind !== undefined && record.kind !== kind) return false;
    if (state !== 'due') return state === undefined || record.state === state;
    return (record.state === 'pending' || record.state === 'held') && (record.dueAt <= this.#now() || this.#faults.listsWhatIsNotDue === true);
  }

  #check(request: Checkable): void {
    if (this.#faults.acceptsAnything !== true) checkRequest(request, this.capabilities.maxBytes);
  }

  #fold(key: string): string {
    return this.#faults.foldsKeys?.(key) ?? key;
  }
}

/** As between a request that is sent and the store that performs it. */
function turn(): Promise<void> {
  return Promise.resolve();
}

function placeAfter(found: readonly ClaimRecord[], cursor: string): number {
  const { at, key } = positionOf(cursor);
  const index = found.findIndex(({ dueAt, key: each }) => dueAt > at || (dueAt === at && each > key));
  return index === -1 ? found.length : index;
}

function asText(data: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.from(Buffer.from(data).toString('utf8')));
}

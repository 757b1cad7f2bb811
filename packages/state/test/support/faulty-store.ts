import { SpotproofError } from '@spotproof/core';
import type { ClaimRecord, ClaimStore, ListPage, ListQuery, MemoryStore, StoreCheck } from '../../src/index.ts';

type Method = 'add' | 'claim' | 'renew' | 'save' | 'settle';

/**
 * What becomes of one call. `refused`: nothing is done, and the caller is told so. `unsent`: nothing is done, no answer. `cut`: it is done, and the connection
 * breaks before the answer. `silent`: it is done, and no answer ever comes. `late`: it is done, but only when `release` is called.
 */
type Fault = 'refused' | 'unsent' | 'cut' | 'silent' | 'late';

/** A store behind a bad network. */
export class FaultyStore implements ClaimStore {
  readonly store: MemoryStore;
  readonly calls: Method[] = [];
  readonly #faults = new Map<Method, Fault[]>();
  #late: (() => void)[] = [];

  constructor(store: MemoryStore) {
    this.store = store;
  }

  /** The next calls of this method go wrong, one for each fault. */
  plan(method: Method, ...faults: Fault[]): void {
    this.#faults.set(method, faults);
  }

  /** All that is late arrives. */
  async release(): Promise<void> {
    for (const arrive of this.#late.splice(0)) arrive();
    await Promise.resolve();
  }

  get capabilities() {
    return this.store.capabilities;
  }

  add: ClaimStore['add'] = (request) => this.#call('add', () => this.store.add(request));
  claim: ClaimStore['claim'] = (request) => this.#call('claim', () => this.store.claim(request));
  renew: ClaimStore['renew'] = (request) => this.#call('renew', () => this.store.renew(request));
  save: ClaimStore['save'] = (request) => this.#call('save', () => this.store.save(request));
  settle: ClaimStore['settle'] = (request) => this.#call('settle', () => this.store.settle(request));
  revive: ClaimStore['revive'] = (request) => this.store.revive(request);
  purge: ClaimStore['purge'] = (request) => this.store.purge(request);

  read(key: string): Promise<ClaimRecord | undefined> {
    return this.store.read(key);
  }

  list(query: ListQuery): Promise<ListPage> {
    return this.store.list(query);
  }

  check(): Promise<StoreCheck> {
    return this.store.check();
  }

  async #call<T>(method: Method, act: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    const fault = this.#faults.get(method)?.shift();
    if (fault === 'refused') throw new SpotproofError('SPOTPROOF_STORE', 'No permission.');
    if (fault === 'late') this.#late.push(() => void act());
    if (fault === 'cut' || fault === 'silent') await act();
    if (fault === 'cut') throw new SpotproofError('SPOTPROOF_STORE', 'The connection broke.', { retryable: true });
    if (fault !== undefined) return await new Promise<never>(() => {});
    return await act();
  }
}

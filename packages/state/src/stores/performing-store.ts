import type { Checkable } from '../check-request.ts';
import type { ClaimRecord, Operation, Outcomes } from '../protocol/index.ts';
import type { ClaimStore, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck } from '../store.ts';

/** A store that performs every operation in one way: by `next()`, which knows them apart. */
export abstract class PerformingStore implements ClaimStore {
  abstract readonly capabilities: StoreCapabilities;
  abstract read(key: string): Promise<ClaimRecord | undefined>;
  abstract list(query: ListQuery): Promise<ListPage>;
  abstract check(): Promise<StoreCheck>;
  protected abstract perform<O extends Operation & Checkable>(operation: O): Promise<Outcomes[O['op']]>;

  add(request: Request<Extract<Operation, { op: 'add' }>>): Promise<Outcomes['add']> {
    return this.perform({ op: 'add', ...request });
  }

  claim(request: Request<Extract<Operation, { op: 'claim' }>>): Promise<Outcomes['claim']> {
    return this.perform({ op: 'claim', ...request });
  }

  renew(request: Request<Extract<Operation, { op: 'renew' }>>): Promise<Outcomes['renew']> {
    return this.perform({ op: 'renew', ...request });
  }

  save(request: Request<Extract<Operation, { op: 'save' }>>): Promise<Outcomes['save']> {
    return this.perform({ op: 'save', ...request });
  }

  settle(request: Request<Extract<Operation, { op: 'settle' }>>): Promise<Outcomes['settle']> {
    return this.perform({ op: 'settle', ...request });
  }

  revive(request: Request<Extract<Operation, { op: 'revive' }>>): Promise<Outcomes['revive']> {
    return this.perform({ op: 'revive', ...request });
  }

  purge(request: Request<Extract<Operation, { op: 'purge' }>>): Promise<Outcomes['purge']> {
    return this.perform({ op: 'purge', ...request });
  }
}

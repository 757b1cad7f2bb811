import type { Operation, Outcomes } from '../../src/protocol/index.ts';
import type { ClaimStore, Request } from '../../src/store.ts';
import type { Observed } from './linearizable.ts';

type Performs = Pick<ClaimStore, Operation['op']>;

/** The operations of a store, each taken down in `history` with when it was called and answered. One that rejects has no answer. */
export function observe(store: ClaimStore, { by, history }: { readonly by: string; readonly history: Observed[] }): Performs {
  const taken = <O extends Operation['op']>(op: O) => {
    return async (request: Request<Extract<Operation, { op: O }>>): Promise<Outcomes[O]> => {
      const operation = { op, ...request } as unknown as Operation;
      const index = history.push({ by, operation, calledAt: performance.now(), answer: undefined }) - 1;
      // Method and request belong to one operation, which a union of them does not tell.
      const perform = store[op].bind(store) as unknown as (request: Request<Extract<Operation, { op: O }>>) => Promise<Outcomes[O]>;
      const outcome = await perform(request);
      history[index] = { ...history[index]!, answer: { at: performance.now(), outcome } };
      return outcome;
    };
  };
  return {
    add: taken('add'),
    claim: taken('claim'),
    renew: taken('renew'),
    save: taken('save'),
    settle: taken('settle'),
    revive: taken('revive'),
    purge: taken('purge'),
  };
}

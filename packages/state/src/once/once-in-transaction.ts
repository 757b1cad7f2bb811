import type { Claim } from '../claim/claim.ts';
import { inline, jsonCodec } from '../payload/index.ts';
import type { TransactionalStore } from '../store.ts';
import { onceFunction, type OnceFunction } from './once-function.ts';
import type { OnceOptions } from './options.ts';

export interface OnceInTransactionOptions<A extends readonly unknown[], R, Tx> extends Omit<OnceOptions<A, R>, 'run' | 'blobs'> {
  /** The work, in a transaction of the store: what it writes by `tx` happens exactly once. Its other effects need a `claim.effectKey()`. */
  readonly run: (tx: Tx, claim: Claim, ...args: A) => Promise<R>;
}

/**
 * As `once()`, with the work and the record of its result in one transaction: both happen, or neither. So what the work writes there is not even done a second
 * time by a task that was killed, or that came late.
 *
 * A result that cannot be stored is an error here, `SPOTPROOF_NOT_STORABLE`, and nothing has happened. Otherwise the errors are those of `once()`.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const placeOrder = onceInTransaction(store, {
 *   name: 'place-order',
 *   scope: (order) => order.accountId,
 *   key: (order: Order) => order.id,
 *   run: async (tx, claim, order) => (await tx.query('INSERT INTO orders (cents) VALUES ($1) RETURNING id', [order.cents])).rows[0].id,
 * });
 */
export function onceInTransaction<A extends readonly unknown[], R, Tx>(
  store: TransactionalStore<Tx>,
  options: OnceInTransactionOptions<A, R, Tx>,
): OnceFunction<A, R> {
  const { run, codec = jsonCodec<R>() } = options;
  return onceFunction(store, options, ({ claim, args, keepMs, released }) =>
    released(() =>
      claim.transact(
        store,
        (tx) => run(tx, claim, ...args),
        (result) => ({ settle: { to: 'done', result: inline(codec.encode(result)), keepMs } }),
      ),
    ),
  );
}

/**
 * What every store must keep, each promise as a test of its own name. A store's test file says how to make one, and nothing else:
 *
 *     // test/stores/redis.contract.test.ts
 *     storeContract('Redis', async () => {
 *       const server = await startRedis();
 *       const [one, two] = [server.connect(), server.connect()];
 *       return {
 *         store: createRedisStore({ client: one }),
 *         others: [createRedisStore({ client: two })],      // races run across all clients
 *         dispose: () => server.stop(),                      // ends the clients too
 *       };
 *     });
 *
 * `makeStore` is called once for each suite. Each case has its own keys and kind, so an empty store is not needed, and cases of a store with a real clock
 * run at the same time. A store whose clock can be moved gives `advance` and says `{ virtualTime: true }` (then cases run one after the other, and no real
 * time passes); a store with `transact` gives `effects` and says `{ transactions: true }`: see `under-test.ts`. What a case expects is stated so that it holds for every store: a record whose `keepUntil` is over may
 * still be there or be gone by itself; a list may lag behind its writes for a moment. The last test of each suite gives random histories to the store and
 * to `next()` and compares.
 */
import test, { after, before, describe } from 'node:test';
import { CaseContext } from './case-context.ts';
import { CONTRACT } from './contract.ts';
import { differential } from './differential.ts';
import type { MakeStore, StoreUnderTest } from './under-test.ts';

export function storeContract(name: string, makeStore: MakeStore, { virtualTime = false, transactions = false }: ContractOptions = {}): void {
  describe(`the contract of stores: ${name}`, { concurrency: virtualTime ? 1 : CASES_AT_A_TIME }, () => {
    let under: StoreUnderTest | undefined;
    before(async () => {
      under = await makeStore();
      if ((under.advance !== undefined) !== virtualTime) throw new Error('`virtualTime` must be given just where makeStore() gives `advance`.');
      if ((under.effects !== undefined) !== transactions) throw new Error('`transactions` must be given just where makeStore() gives `effects`.');
    });
    after(() => under?.dispose());

    for (const { name: title, needs, run } of CONTRACT) {
      if (needs === 'a clock that can be moved' && !virtualTime) continue;
      if (needs === 'transactions' && !transactions) continue;
      test(title, { timeout: CASE_LIMIT_MS }, () => {
        if (under === undefined) throw new Error('The store was not made.');
        return run(new CaseContext(under));
      });
    }

    test('random histories go as the protocol says', () => {
      const made = under;
      if (made === undefined) throw new Error('The store was not made.');
      const { clock } = made.store.capabilities;
      const runs = virtualTime ? HISTORIES : clock === 'watch' ? HISTORIES_OF_WATCHERS : HISTORIES_IN_REAL_TIME;
      return differential(() => new CaseContext(made), { runs: Number(process.env['SPOTPROOF_HISTORIES'] ?? runs), shrinks: virtualTime });
    });
  });
}

export interface ContractOptions {
  /** makeStore() gives `advance`. */
  readonly virtualTime?: boolean;
  /** makeStore() gives `effects`. */
  readonly transactions?: boolean;
}

const CASES_AT_A_TIME = 8;
const CASE_LIMIT_MS = 30_000;
const HISTORIES = 200;
const HISTORIES_IN_REAL_TIME = 30;
const HISTORIES_OF_WATCHERS = 10;

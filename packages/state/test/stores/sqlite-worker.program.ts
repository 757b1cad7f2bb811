// One of several processes on one file: takes each key in turn, and says what came of it.
import { randomUUID } from 'node:crypto';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';

const [file = '', name = '', count = '0'] = process.argv.slice(2);
using store = createSqliteStore({ path: file, durability: 'normal' });
const won: string[] = [];
for (let index = 0; index < Number(count); index += 1) {
  const key = `key ${index}`;
  const token = randomUUID();
  const create = { kind: 'test', fingerprint: '', version: 1, data: new Uint8Array() };
  const answer = await store.claim({ key, token, leaseMs: 60_000, keepMs: Infinity, create, fingerprint: undefined, version: 1 });
  if (answer.outcome !== 'won') continue;
  won.push(key);
  await store.transact(
    async (tx) => {
      tx.prepare('INSERT INTO effects VALUES (?, ?)').run(key, name);
      // Others come while the transaction is open.
      await new Promise((resolve) => setImmediate(resolve));
    },
    () => ({ key, token, epoch: answer.epoch, settlement: { to: 'done', result: Buffer.from(name), keepMs: Infinity } }),
  );
}
console.log(JSON.stringify(won));

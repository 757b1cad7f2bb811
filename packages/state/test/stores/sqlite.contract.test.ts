import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';
import { storeContract } from '../contract/store-contract.ts';
import type { StoreUnderTest } from '../contract/under-test.ts';

storeContract('SQLite in a file, with a clock that is moved', () => underTest(), { virtualTime: true, transactions: true });

storeContract(
  'SQLite, two connections to one file',
  () => {
    const { advance: _advance, ...under } = underTest({ isReal: true });
    return under;
  },
  { transactions: true },
);

function underTest({ isReal = false } = {}): StoreUnderTest {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-sqlite-'));
  const file = path.join(folder, 'claims.db');
  let nowMs = Date.UTC(2026, 0, 1);
  // Nothing waits for the disk: what is shown here does not depend on it.
  const open = () => createSqliteStore({ path: file, durability: 'normal', ...(isReal ? {} : { now: () => nowMs }) });
  const store = open();
  const others = isReal ? [open(), open()] : [];
  const aside = new DatabaseSync(file);
  aside.exec('CREATE TABLE effects (name TEXT NOT NULL PRIMARY KEY) STRICT');
  return {
    store,
    others,
    advance: (ms) => {
      nowMs += ms;
    },
    effects: {
      write: async (tx: DatabaseSync, name) => {
        tx.prepare('INSERT INTO effects VALUES (?)').run(name);
        await Promise.resolve();
      },
      rollBack: async (tx: DatabaseSync) => {
        tx.exec('ROLLBACK');
        await Promise.resolve();
      },
      committed: async () => {
        await Promise.resolve();
        return aside
          .prepare('SELECT name FROM effects')
          .all()
          .map(({ name }) => String(name));
      },
    },
    dispose: () => {
      aside.close();
      for (const one of [store, ...others]) one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

/** Stands for a payment provider: what it is sent twice under one idempotency key it does once. It counts each call, so that a test can see them. */
export function openPayments(file) {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('PRAGMA synchronous = OFF');
  database.exec('CREATE TABLE IF NOT EXISTS charges (idempotency_key TEXT PRIMARY KEY, cents INTEGER, calls INTEGER)');
  return {
    async charge(cents, idempotencyKey) {
      const { receipt } = database
        .prepare('INSERT INTO charges VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1 RETURNING rowid AS receipt')
        .get(idempotencyKey, cents);
      await wait(1);
      return { receipt };
    },
    charges: () => database.prepare('SELECT cents, calls FROM charges').all(),
    close: () => database.close(),
  };
}

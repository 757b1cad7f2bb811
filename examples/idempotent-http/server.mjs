import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { protect } from '@spotproof/runtime';
import { claimOf, idempotentExpress } from '@spotproof/state/express';
import { createSqliteStore } from '@spotproof/state/sqlite';
import { openPayments } from '../support/payments.mjs';

const store = createSqliteStore({ path: process.env.CLAIMS ?? 'claims.db' });
await store.check();
const payments = openPayments(process.env.PAYMENTS ?? 'payments.db');

const app = express();
app.use(authenticate);
app.post(
  '/orders',
  idempotentExpress(store, {
    scope: (request) => request.accountId,
    leaseMs: Number(process.env.LEASE_MS ?? 30_000),
    docs: 'https://docs.example.com/idempotency',
  }),
  express.json(),
  async (request, response) => {
    const { cents, ms = 0 } = request.body;
    // The same key in every attempt at this request: a task that takes over charges nobody twice.
    const { receipt } = await payments.charge(cents, claimOf(request).effectKey('charge'));
    await wait(ms);
    response.status(201).location(`/orders/${receipt}`).json({ receipt, cents });
  },
);

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
const life = protect(server);
life.hook('payments', () => payments.close());
life.hook('claims', () => store.close());

/** Stands for what tells you who is asking. */
function authenticate(request, response, next) {
  request.accountId = request.get('x-account');
  if (request.accountId === undefined) response.status(401).end();
  else next();
}

import express from 'express';
import { claimOf, idempotentExpress } from '@spotproof/state/express';
import { createSqliteStore } from '@spotproof/state/sqlite';
import { openPayments } from '../../support/payments.mjs';

const store = createSqliteStore({ path: process.env.CLAIMS ?? 'claims.db' });
const payments = openPayments(process.env.PAYMENTS ?? 'payments.db');

const app = express();
// The scope stands for what your authentication knows; never what a caller may choose.
app.use(idempotentExpress(store, { scope: (request) => request.get('x-account'), require: false }));
app.use(express.json());
app.post('/orders', async (request, response) => {
  const { receipt } = await payments.charge(request.body.cents, claimOf(request)?.effectKey('charge') ?? crypto.randomUUID());
  response.status(201).json({ receipt });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));

import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { protect } from '@spotproof/runtime';
import { claimOf, idempotentExpress } from '@spotproof/state/express';
import { openSink } from './sink.mjs';
import { openStore } from './store.mjs';

const { store, close } = await openStore();
const sink = openSink();
// KEYS=off shows what becomes of orders without.
const once =
  process.env.KEYS === 'off'
    ? (request, response, next) => next()
    : idempotentExpress(store, { scope: () => 'the shop', leaseMs: Number(process.env.LEASE_MS ?? 30_000) });

const app = express();
app.post('/orders', once, express.json(), async (request, response) => {
  // One order for each key that a client makes, however often it sends it.
  const order = `order ${request.get('idempotency-key').replaceAll('"', '')}`;
  await sink.expect(order);
  await sink.effect(order, claimOf(request)?.effectKey('charge'));
  // Whoever is killed here has charged, and has not answered: the client sends it again.
  await wait(request.body.ms);
  response.status(201).json({ order });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
protect(server).hook('claims', close);

// The shipments of examples/lab-work without a store: what is accepted is in the memory of one task.
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { openSink } from '../../../examples/lab-work/sink.mjs';

const sink = openSink();
const app = express();
app.get('/readyz', (request, response) => void response.end());
app.post('/shipments', express.json(), async (request, response) => {
  const { parcels: count, ms } = request.body;
  const key = request.get('idempotency-key').replaceAll('"', '');
  const parcels = Array.from({ length: count }, (_, at) => `shipment ${key}, parcel ${at + 1}`);
  await sink.expect(...parcels);
  response.status(202).json({ key });
  for (const parcel of parcels) {
    await sink.effect(parcel);
    await wait(ms);
  }
});
app.listen(Number(process.env.PORT));

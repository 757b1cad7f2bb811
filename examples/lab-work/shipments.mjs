import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { protect } from '@spotproof/runtime';
import { defineJob, enqueue, runJobs } from '@spotproof/state';
import { openSink } from './sink.mjs';
import { openStore } from './store.mjs';

const { store, close } = await openStore();
const sink = openSink();

const shipment = defineJob({
  name: 'shipment',
  version: 1,
  leaseMs: Number(process.env.LEASE_MS ?? 30_000),
  start: () => ({ shipped: 0 }),
  async run(job) {
    const { parcels, ms } = job.input;
    while (job.state.shipped < parcels.length) {
      const { shipped } = job.state;
      await job.step(
        `ship ${shipped}`,
        (effectKey) => sink.effect(parcels[shipped], effectKey),
        () => ({ shipped: shipped + 1 }),
      );
      await wait(ms);
    }
  },
});

const app = express();
app.post('/shipments', express.json(), async (request, response) => {
  const key = request.get('idempotency-key').replaceAll('"', '');
  const { parcels: count, ms } = request.body;
  const parcels = Array.from({ length: count }, (_, at) => `shipment ${key}, parcel ${at + 1}`);
  // In the store before it is accepted: whichever task is there will do it.
  await enqueue(store, shipment, { parcels, ms }, { key });
  await sink.expect(...parcels);
  response.status(202).json({ key });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
const lifecycle = protect(server);
lifecycle.hook('jobs', close);
runJobs(store, [shipment], { lifecycle, concurrency: 20, pollMs: 100 });

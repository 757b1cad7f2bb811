import { setTimeout as wait } from 'node:timers/promises';
import { createLifecycle } from '@spotproof/runtime';
import { defineJob, enqueue, lead, runJobs } from '@spotproof/state';
import { createSqliteStore } from '@spotproof/state/sqlite';

const store = createSqliteStore({ path: process.env.DATABASE ?? 'state.db' });
const everyMs = Number(process.env.EVERY_MS ?? 60_000);
const lifecycle = createLifecycle();

const report = defineJob({
  name: 'report',
  version: 1,
  start: () => ({}),
  async run(job) {
    await job.step('send', () => console.log(`report ${job.input.tick}`));
  },
});

// One task of all keeps the time; each runs what is due. The key of a tick makes it one job, also when leadership changes in its middle.
lead(store, {
  name: 'clock',
  lifecycle,
  async run(leader) {
    console.log(`leads with epoch ${leader.epoch}`);
    for (;;) {
      const tick = Math.floor(Date.now() / everyMs);
      await enqueue(store, report, { tick }, { key: String(tick) });
      await wait((tick + 1) * everyMs - Date.now(), undefined, { signal: leader.signal });
    }
  },
});
runJobs(store, [report], { lifecycle });
console.log('listening');

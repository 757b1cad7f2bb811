// A worker in a process of its own. Its lines: `ready`, and `step` with the time of day at each step of a job that never ends.
import { setTimeout as wait } from 'node:timers/promises';
import { createLifecycle } from '@spotproof/runtime';
import { defineJob, runJobs } from '@spotproof/state';
import { openStore, type StoreSpec } from './open-store.ts';

const spec: StoreSpec = JSON.parse(process.env['STORE'] ?? '');

const endless = defineJob<null, number, null>({
  name: 'endless',
  version: 1,
  leaseMs: Number(process.env['LEASE_MS']),
  // It is killed all the time, and that is not its fault.
  maxStalls: 1_000_000,
  start: () => 0,
  async run(context) {
    for (;;)
      await context.step(
        `step-${context.state}`,
        async () => {
          console.log('step', Date.now());
          await wait(STEP_MS);
        },
        (_nothing, done) => done + 1,
      );
  },
});

const STEP_MS = 50;
runJobs(openStore(spec).store, [endless], { lifecycle: createLifecycle() });
console.log('ready');

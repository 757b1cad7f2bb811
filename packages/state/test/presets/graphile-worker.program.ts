// A graphile-worker. HANGS: its jobs never end. SPOT: with the preset, over a store of the same database.
import { EventEmitter } from 'node:events';
import { makeWorkerUtils, run, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { watchWorkers } from '../../src/presets/graphile-worker.ts';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';

const { CONNECTION = '{}', HANGS = '', SPOT = '', LEASE_MS = '1000', POLL_MS = '100' } = process.env;
const pgPool = new pg.Pool(JSON.parse(CONNECTION));
pgPool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
const events: WorkerEvents = new EventEmitter();
const utils = await makeWorkerUtils({ pgPool });
if (SPOT !== '') {
  const store = createPostgresStore({ pool: pgPool });
  const told = (what: string) => (fields: object, message: string) => console.log(what, message, Object.values(fields).join(' '));
  watchWorkers(store, {
    events,
    utils,
    leaseMs: Number(LEASE_MS),
    pollMs: Number(POLL_MS),
    logger: { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') },
    lost: () => console.log('lost'),
  });
}
const runner = await run({
  pgPool,
  events,
  concurrency: 1,
  pollInterval: 100,
  noHandleSignals: true,
  parsedCronItems: [],
  taskList: {
    async order(_payload, { job }) {
      console.log('start', job.id);
      if (HANGS !== '') await new Promise(() => {});
    },
  },
});
console.log('listens');
await runner.promise;

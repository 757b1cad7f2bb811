// How long work waits whose worker is killed, with the presets as they are and without: the table of docs/guides/presets.md.
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { Queue } from 'bullmq';
import { makeWorkerUtils } from 'graphile-worker';
import { Redis } from 'ioredis';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { bullmqSpot } from '../../src/presets/bullmq.ts';
import { pgBossQueueSpot } from '../../src/presets/pg-boss.ts';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';
import { PostgresServer } from '../support/servers/postgres.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { Started } from './support/started.ts';

test('work whose worker is killed is begun by another one', async (t) => {
  await using redis = await RedisServer.start();
  await using postgres = await PostgresServer.start();
  const connection = new Redis(redis.socketPath, { maxRetriesPerRequest: null });
  const pool = new pg.Pool(postgres.connection);
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  const boss = new PgBoss({ ...postgres.connection, supervise: false, schedule: false });
  await boss.start();
  const utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  await createPostgresStore({ pool }).migrate();
  try {
    const toPostgres = { CONNECTION: JSON.stringify(postgres.connection), SPOT: 'yes' };
    const bullmq = async (name: string, options: object): Promise<void> => {
      const queue = new Queue(name, { connection });
      await queue.add('order', {});
      const env = { QUEUE: name, REDIS_SOCKET: redis.socketPath, OPTIONS: JSON.stringify(options) };
      t.diagnostic(`BullMQ, ${name}: ${await recovery('bullmq-worker.program.ts', env)} s`);
      await queue.close();
    };
    const pgBoss = async (): Promise<void> => {
      await boss.createQueue('orders', pgBossQueueSpot({ retryDelay: 0 }));
      await boss.send('orders', {});
      t.diagnostic(`pg-boss, preset: ${await recovery('pg-boss-worker.program.ts', { ...toPostgres, QUEUE: 'orders', SECONDS: '5' })} s`);
    };
    const graphileWorker = async (): Promise<void> => {
      await utils.addJob('order', {});
      const env = { ...toPostgres, LEASE_MS: '20000', POLL_MS: '5000' };
      t.diagnostic(`graphile-worker, preset: ${await recovery('graphile-worker.program.ts', env)} s`);
    };
    await Promise.all([bullmq('defaults', {}), bullmq('preset', bullmqSpot({})), pgBoss(), graphileWorker()]);
  } finally {
    await boss.stop({ graceful: false });
    await utils.release();
    await pool.end();
    connection.disconnect();
  }
});

/** Seconds from the kill of the worker that has the work to its beginning in another one, which was there all the time. */
async function recovery(program: string, env: Readonly<Record<string, string>>): Promise<string> {
  await using victim = new Started(program, { ...env, HANGS: 'yes' });
  await victim.line('start');
  await using other = new Started(program, env);
  // Anywhere between two heartbeats.
  await delay(2_000 + Math.random() * 10_000);
  await victim.kill();
  const killedAt = performance.now();
  await other.line('start', 90_000);
  return ((performance.now() - killedAt) / 1000).toFixed(1);
}

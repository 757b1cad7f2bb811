import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PgBoss, type ConstructorOptions, type QueueOptions } from 'pg-boss';
import pg from 'pg';
import { waitFor } from '../../../runtime/test/support/wait-for.ts';
import { pgBossQueueSpot, pgBossSpot } from '../../src/presets/pg-boss.ts';
import { PostgresServer } from '../support/servers/postgres.ts';
import { Started } from './support/started.ts';

describe('the preset for pg-boss', () => {
  let server: PostgresServer;
  let boss: PgBoss;
  let pool: pg.Pool;
  before(async () => {
    server = await PostgresServer.start();
    pool = new pg.Pool(server.connection);
    boss = new PgBoss({ ...server.connection, supervise: false, schedule: false });
    await boss.start();
  });
  after(async () => {
    await boss.stop({ graceful: false });
    await pool.end();
    await server[Symbol.asyncDispose]();
  });

  /** Kills a worker so often, and lets half a minute pass for the job after each. */
  async function kill(times: number, queue: string): Promise<{ readonly last: Started; state(): Promise<string> } & AsyncDisposable> {
    const id = (await boss.send(queue, {})) ?? '';
    const env = { CONNECTION: JSON.stringify(server.connection), QUEUE: queue };
    for (let kills = 0; kills < times; kills += 1) {
      await using victim = new Started('pg-boss-worker.program.ts', { ...env, HANGS: 'yes' });
      await victim.line('start');
      await victim.kill();
      await pool.query(
        `UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '30 seconds', started_on = started_on - interval '30 seconds' WHERE id = $1`,
        [id],
      );
    }
    const last = new Started('pg-boss-worker.program.ts', env);
    return {
      last,
      state: async () => (await boss.findJobs(queue, { id }))[0]?.state ?? 'gone',
      [Symbol.asyncDispose]: () => last[Symbol.asyncDispose](),
    };
  }

  test('the job of a worker that was killed half a minute ago is finished by another, and without the preset lies where it was', async () => {
    await boss.createQueue('spot', pgBossQueueSpot({ retryDelay: 0 }));
    await boss.createQueue('usual', { retryDelay: 0 });
    const [one, other] = await Promise.all([kill(1, 'usual'), kill(3, 'spot')]);
    await using usual = one;
    await using spot = other;
    await usual.last.line('listens');

    await spot.last.line('start');
    await waitFor('the job is finished', async () => (await spot.state()) === 'completed');

    // Three deaths, of which the usual two tries would not have borne the last; and all that time the usual job waits.
    assert.equal(await usual.state(), 'active');
    assert.deepEqual(usual.last.lines, ['listens']);
  });

  test('pg-boss takes what the presets say, and what is given stays', async () => {
    const options: ConstructorOptions = pgBossSpot({ ...server.connection, monitorIntervalSeconds: 9 });
    const queue: QueueOptions = pgBossQueueSpot({ retryLimit: 7, retryDelay: 3 });

    assert.deepEqual(options, { ...server.connection, superviseIntervalSeconds: 5, monitorIntervalSeconds: 9 });
    assert.deepEqual(queue, { retryLimit: 7, retryDelay: 3, heartbeatSeconds: 10 });
    await boss.createQueue('taken', queue);
    const made = await boss.getQueue('taken');
    assert.deepEqual([made?.heartbeatSeconds, made?.retryLimit], [10, 7]);
  });
});

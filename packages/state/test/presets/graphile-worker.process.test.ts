import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { SpotproofError } from '@spotproof/core';
import { makeWorkerUtils, type WorkerEvents, type WorkerUtils } from 'graphile-worker';
import pg from 'pg';
import { waitFor } from '../../../runtime/test/support/wait-for.ts';
import { MemoryStore } from '../../src/index.ts';
import { watchWorkers } from '../../src/presets/graphile-worker.ts';
import { createPostgresStore } from '../../src/stores/postgres/index.ts';
import { PostgresServer } from '../support/servers/postgres.ts';
import { Started } from './support/started.ts';

describe('the preset for graphile-worker', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let utils: WorkerUtils;
  before(async () => {
    server = await PostgresServer.start();
    pool = new pg.Pool(server.connection);
    pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
    utils = await makeWorkerUtils({ pgPool: pool });
    await utils.migrate();
    await createPostgresStore({ pool }).migrate();
  });
  after(async () => {
    await utils.release();
    await pool.end();
    await server[Symbol.asyncDispose]();
  });

  test('the job of a killed process is done by another once its lease has ended, which without the preset takes four hours', async () => {
    const env = { CONNECTION: JSON.stringify(server.connection) };
    await utils.addJob('order', {});
    await using victim = new Started('graphile-worker.program.ts', { ...env, SPOT: 'yes', HANGS: 'yes' });
    await victim.line('start');
    await waitFor('the victim has its lease', async () => (await leases(pool)).some(({ state }) => state === 'held'));
    await victim.kill();

    await using usual = new Started('graphile-worker.program.ts', env);
    await usual.line('listens');
    await waitFor('the lease has ended', async () => (await leases(pool)).some(({ isOver }) => isOver));
    const whileUsual = [...usual.lines];
    await using repaired = new Started('graphile-worker.program.ts', { ...env, SPOT: 'yes' });
    await repaired.line('info a dead process');
    // Any of the two that live may have it now.
    await waitFor('the job is done', async () => (await pool.query('SELECT 1 FROM graphile_worker.jobs')).rowCount === 0);

    assert.ok(!whileUsual.some((line) => line.startsWith('start')), 'by itself nobody has unlocked what the dead one had');
    await waitFor('the record of the dead one is settled', async () => (await leases(pool)).filter(({ state }) => state === 'done').length === 1);
    assert.equal(repaired.lines.filter((line) => line.startsWith('info a dead process')).length, 1);
    assert.ok(!repaired.lines.includes('lost'), 'and the living one keeps its own');
  });

  test('a process that stops leaves nothing to unlock, and one that was taken for dead is told', async () => {
    const store = new MemoryStore();
    const unlocked: string[][] = [];
    const lost: string[] = [];
    const events: WorkerEvents = new EventEmitter();
    const unlocker = { forceUnlockWorkers: (ids: string[]) => Promise.resolve(void unlocked.push(ids)) };
    const watch = watchWorkers(store, { events, utils: unlocker, leaseMs: 1000, pollMs: 100, lost: (id) => lost.push(id) });
    // As graphile-worker tells of its pools.
    const tell = (event: string, id: string): unknown => (events as EventEmitter).emit(event, { workerPool: { id } });
    const records = async (): Promise<Record<string, string>> => {
      const { records } = await store.list({ kind: 'graphile-worker:default', limit: 10 });
      return Object.fromEntries(records.map(({ key, state }) => [key.slice('graphile-worker:default/'.length), state]));
    };

    tell('pool:create', 'pool-well');
    tell('pool:create', 'pool-late');
    await waitFor('both are held', async () => Object.values(await records()).join() === 'held,held');
    tell('pool:release', 'pool-well');
    await waitFor('one is over', async () => (await records())['pool-well'] === 'done');
    // Somebody else has come to the conclusion that the other one is dead: its record is no longer its own.
    const [late] = (await store.list({ kind: 'graphile-worker:default', state: 'held', limit: 1 })).records;
    await store.settle({
      key: late?.key ?? '',
      token: late?.token ?? '',
      epoch: late?.epoch ?? 0,
      settlement: { to: 'done', result: new Uint8Array(), keepMs: 60_000 },
    });
    await waitFor('it is told', () => lost.length > 0);
    await watch.stop();

    assert.deepEqual(lost, ['pool-late']);
    assert.deepEqual(unlocked, []);
  });

  test('a process that began while the store was away has its lease once the store is back', async () => {
    const store = new MemoryStore();
    const claim = store.claim.bind(store);
    store.claim = () => Promise.reject(new SpotproofError('SPOTPROOF_STORE', 'No such table.'));
    const events: WorkerEvents = new EventEmitter();
    await using _watch = watchWorkers(store, { events, utils: { forceUnlockWorkers: () => Promise.resolve() }, pollMs: 100 });

    (events as EventEmitter).emit('pool:create', { workerPool: { id: 'pool-early' } });
    await new Promise(setImmediate);
    store.claim = claim;

    await waitFor('it is held', async () => (await store.list({ kind: 'graphile-worker:default', state: 'held', limit: 1 })).records.length === 1);
  });
});

async function leases(pool: pg.Pool): Promise<readonly { readonly state: string; readonly isOver: boolean }[]> {
  const { rows } = await pool.query(
    `SELECT state, state = 'held' AND due_at < 1000 * extract(epoch FROM clock_timestamp()) AS "isOver" FROM spotproof_claims WHERE kind LIKE 'graphile-worker:%'`,
  );
  return rows as { state: string; isOver: boolean }[];
}

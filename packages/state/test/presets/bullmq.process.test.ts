import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Queue, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { bullmqSpot } from '../../src/presets/bullmq.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { Started } from './support/started.ts';

/** Nobody waits half a minute here; by what factor the preset is quicker is in the guide. */
const QUICK = { lockDuration: 600, stalledInterval: 150, lockRenewTime: 200 };

describe('the preset for BullMQ', () => {
  let redis: RedisServer;
  let connection: Redis;
  before(async () => {
    redis = await RedisServer.start();
    connection = new Redis(redis.socketPath, { maxRetriesPerRequest: null });
  });
  after(async () => {
    connection.disconnect();
    await redis[Symbol.asyncDispose]();
  });

  async function killTwice(name: string, options: object): Promise<{ readonly last: Started; readonly queue: Queue } & AsyncDisposable> {
    const queue = new Queue(name, { connection });
    const env = { QUEUE: name, REDIS_SOCKET: redis.socketPath, OPTIONS: JSON.stringify(options) };
    await queue.add('order', {}, { attempts: 10 });
    for (let kills = 0; kills < 2; kills += 1) {
      await using victim = new Started('bullmq-worker.program.ts', { ...env, HANGS: 'yes' });
      await victim.line('start');
      await victim.kill();
    }
    const last = new Started('bullmq-worker.program.ts', env);
    return {
      last,
      queue,
      async [Symbol.asyncDispose]() {
        await last[Symbol.asyncDispose]();
        await queue.close();
      },
    };
  }

  test('a job whose worker is killed twice is finished by the third, and has failed for good without the preset', async () => {
    const [one, other] = await Promise.all([killTwice('repaired', bullmqSpot(QUICK)), killTwice('usual', QUICK)]);
    await using repaired = one;
    await using usual = other;

    await repaired.last.line('completed');
    assert.match(await usual.last.line('failed'), /stalled more than allowable limit/);

    assert.equal(await repaired.queue.getJobCountByTypes('failed'), 0);
    assert.equal(await usual.queue.getJobCountByTypes('completed'), 0);
    assert.ok(!usual.last.lines.some((line) => line.startsWith('start')), 'the third worker was not even asked');
  });

  test('a killed worker is noticed within a lock and a look, and what is given stays', () => {
    const given: WorkerOptions = { connection, concurrency: 7, lockDuration: 1000 };

    const options: WorkerOptions = bullmqSpot(given);

    assert.deepEqual(options, { connection, concurrency: 7, lockDuration: 1000, maxStalledCount: 20, stalledInterval: 5_000 });
    assert.deepEqual(bullmqSpot({ maxStalledCount: undefined }), { maxStalledCount: 20, lockDuration: 20_000, stalledInterval: 5_000 });
  });
});

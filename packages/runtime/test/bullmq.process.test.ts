import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Queue } from 'bullmq';
import { Redis as RedisClient } from 'ioredis';
import { Program } from './support/program.ts';
import { RedisServer as Redis } from '../../../test/support/redis-server.ts';
import { waitFor } from './support/wait-for.ts';

void describe('a BullMQ worker', () => {
  let redis: Redis;
  before(async () => {
    redis = await Redis.start();
  });
  after(async () => {
    await redis[Symbol.asyncDispose]();
  });

  async function start(name: string): Promise<{ readonly queue: Queue; readonly app: Program } & AsyncDisposable> {
    const connection = new RedisClient(redis.socketPath, { maxRetriesPerRequest: null });
    const queue = new Queue(name, { connection });
    const app = await Program.start('bullmq-worker.mjs', { env: { QUEUE: name, REDIS_SOCKET: redis.socketPath } });
    return {
      queue,
      app,
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]();
        await queue.close();
        connection.disconnect();
      },
    };
  }

  test('takes no job from SIGTERM on, finishes those it runs, and the database is released after them', async () => {
    await using worker = await start('finishes');
    const { queue, app } = worker;
    await queue.addBulk(['a', 'b', 'c', 'd'].map((name) => ({ name, data: { ms: 1_000 } })));
    await app.line(/^start c/);

    app.signal('SIGTERM');
    await app.line(/^hook/);
    const atHook = await queue.getJobCounts('completed', 'active', 'waiting', 'failed');
    const report = await app.report();

    assert.deepEqual(atHook, { completed: 3, active: 0, waiting: 1, failed: 0 });
    assert.ok(!app.output.includes('start d'));
    assert.equal(report.consumers[0]?.outcome, 'drained');
    assert.equal(report.consumers[0]?.name, 'finishes');
    assert.equal(report.exitCode, 0);
  });

  test('with nothing to do strands no job that comes just when the drain begins', async () => {
    await using worker = await start('idle');
    const { queue, app } = worker;
    await queue.add('first', { ms: 0 });
    await waitFor('the worker is idle', async () => (await queue.getJobCountByTypes('completed')) === 1);

    app.signal('SIGTERM');
    await app.line(/^draining/);
    await queue.add('late', { ms: 0 });
    const report = await app.report();

    assert.equal(report.consumers[0]?.outcome, 'drained');
    // BullMQ may be fetching at that moment; then the job is finished.
    assert.equal(await queue.getJobCountByTypes('active', 'failed'), 0);
    assert.equal(await queue.getJobCountByTypes('waiting', 'completed'), 2);
    assert.equal(report.lostCount, 0);
  });

  for (const [abort, does] of [
    ['reason', 'throws the reason on'],
    ['own', 'throws an error of its own'],
    ['ignore', 'takes no notice'],
  ] as const) {
    test(`hands back a job that cannot finish: waiting, not failed, no attempt used, although its processor ${does}`, async () => {
      await using worker = await start(`hands-back-${abort}`);
      const { queue, app } = worker;
      const { id } = await queue.add('long', { ms: 60_000, abort });
      await app.line(/^start long/);

      app.signal('SIGTERM');
      const report = await app.report();
      const job = await queue.getJob(id ?? '');

      assert.equal(await job?.getState(), 'waiting');
      assert.equal(job?.attemptsMade, 0);
      assert.deepEqual(report.consumers[0]?.handedBack, [`long ${id}`]);
      assert.equal(report.consumers[0]?.outcome, 'handed-back');
      assert.ok(app.output.some((line) => line.startsWith('aborted long The process is stopping')));
      assert.ok(!app.output.some((line) => line.startsWith('failed') && abort === 'reason'), app.output.join('\n'));
      assert.equal(report.lostCount, 0);
      assert.equal((await app.ended).code, 0);
    });
  }

  test('that hands a job back gives it to another worker before any lock could expire', async () => {
    await using one = await start('handover');
    await using other = await start('handover');
    await one.queue.add('long', { ms: 60_000 });
    const isFirst = await Promise.race([one.app.line(/^start long/).then(() => true), other.app.line(/^start long/).then(() => false)]);
    const [leaving, staying] = isFirst ? [one.app, other.app] : [other.app, one.app];

    leaving.signal('SIGTERM');
    await leaving.ended;

    await staying.line(/^start long/, 15_000);
  });
});

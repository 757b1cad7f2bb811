import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Queue } from 'bullmq';
import { Redis as RedisClient } from 'ioredis';
import { FakeSqs } from './support/fake-sqs.ts';
import { Program } from './support/program.ts';
import { RedisServer as Redis } from '../../../test/support/redis-server.ts';
import { waitFor } from './support/wait-for.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

for (const name of ['bullmq', 'sqs']) {
  test(`the guide of ${name} shows the worker that is tested here, to the letter`, () => {
    const guide = readFileSync(path.join(ROOT, 'docs/guides', `${name}.md`), 'utf8');

    assert.ok(guide.includes(`\`\`\`js\n${readFileSync(path.join(ROOT, 'examples', name, 'worker.mjs'), 'utf8')}\`\`\`\n`));
  });
}

test("the guide's BullMQ worker finishes its job before the database closes", async () => {
  await using redis = await Redis.start();
  const connection = new RedisClient(redis.socketPath, { maxRetriesPerRequest: null });
  const queue = new Queue('orders', { connection });
  await using app = await Program.start(path.join(ROOT, 'examples/bullmq/worker.mjs'), { env: { REDIS: redis.socketPath }, silent: true });
  await app.line(/^listening/);
  await queue.add('short', { ms: 700 });
  await waitFor('the job runs', async () => (await queue.getJobCountByTypes('active')) === 1);

  app.signal('SIGTERM');
  const report = await app.report();

  assert.equal(report.lostCount, 0);
  assert.equal(report.consumers[0]?.outcome, 'drained');
  assert.deepEqual(await queue.getJobCounts('completed', 'failed', 'active'), { completed: 1, failed: 0, active: 0 });
  await queue.close();
  connection.disconnect();
});

test("the guide's SQS worker finishes its message before the database closes, and gives back the one that takes too long", async () => {
  await using sqs = await FakeSqs.start();
  await using app = await Program.start(path.join(ROOT, 'examples/sqs/worker.mjs'), {
    env: {
      QUEUE_URL: sqs.queueUrl,
      SQS_ENDPOINT: new URL(sqs.queueUrl).origin,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    },
    silent: true,
  });
  await app.line(/^listening/);
  sqs.send({ name: 'short', ms: 700 });
  sqs.send({ name: 'long', ms: 60_000 });
  await waitFor('both were received', () => sqs.left.every(({ receives }) => receives === 1));

  app.signal('SIGTERM');
  const report = await app.report();

  assert.equal(report.lostCount, 0);
  assert.equal(report.consumers[0]?.outcome, 'handed-back');
  assert.deepEqual(sqs.left, [{ body: '{"name":"long","ms":60000}', isVisible: true, receives: 1 }]);
});

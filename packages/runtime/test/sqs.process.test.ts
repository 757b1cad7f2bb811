import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SQS } from '@aws-sdk/client-sqs';
import { FakeSqs } from './support/fake-sqs.ts';
import { Program } from './support/program.ts';
import { waitFor } from './support/wait-for.ts';

for (const [kind, what] of [
  ['loop', 'an SQS receive loop'],
  ['consumer', 'sqs-consumer'],
] as const) {
  void describe(what, { concurrency: 3 }, () => {
    const start = async (sqs: FakeSqs, env: Readonly<Record<string, string>> = {}): Promise<Program> =>
      await Program.start('sqs.mjs', { env: { KIND: kind, QUEUE_URL: sqs.queueUrl, ...env } });

    test('deletes what it finishes, and receives nothing after the last poll', async () => {
      await using sqs = await FakeSqs.start();
      await using app = await start(sqs);
      sqs.send({ name: 'one', ms: 2_000 });
      await app.line(/^start one/);

      app.signal('SIGTERM');
      await app.line(/^draining/);
      await app.line(/^hook/);
      sqs.send({ name: 'late', ms: 0 });
      const report = await app.report();

      assert.deepEqual(
        app.output.filter((line) => /^(start|end|hook)/.test(line)),
        ['start one', 'end one', 'hook'],
      );
      assert.deepEqual(sqs.left, [{ body: '{"name":"late","ms":0}', isVisible: true, receives: 0 }]);
      assert.deepEqual(
        report.consumers.map(({ name, outcome }) => ({ name, outcome })),
        [{ name: 'orders', outcome: 'drained' }],
      );
      assert.equal(report.exitCode, 0);
    });

    test('strands nothing that its last poll brings', async () => {
      await using sqs = await FakeSqs.start();
      await using app = await start(sqs, { WAIT: '2' });
      await waitFor('a poll is under way', () => sqs.polls === 1);

      app.signal('SIGTERM');
      await app.line(/^draining/);
      sqs.send({ name: 'late', ms: 0 });
      await app.ended;

      assert.deepEqual(
        sqs.left.filter(({ isVisible }) => !isVisible),
        [],
      );
      assert.equal((await app.report()).consumers[0]?.outcome, 'drained');
    });

    test('makes visible again what cannot finish, and then nothing is lost', async () => {
      await using sqs = await FakeSqs.start();
      await using app = await start(sqs);
      for (const name of ['one', 'two']) sqs.send({ name, ms: 60_000 });
      await app.line(/^start one/);
      if (kind === 'loop') await app.line(/^start two/);

      app.signal('SIGTERM');
      const report = await app.report();

      assert.deepEqual(
        sqs.left.map(({ isVisible }) => isVisible),
        [true, true],
      );
      assert.equal(report.consumers[0]?.outcome, 'handed-back');
      assert.ok((report.consumers[0]?.handedBack.length ?? 0) >= 1);
      assert.equal(report.lostCount, 0);
      assert.equal((await app.ended).code, 0);
    });

    test('leaves a message whose handler failed to the visibility timeout, and goes on', async () => {
      await using sqs = await FakeSqs.start();
      await using app = await start(sqs);
      sqs.send({ name: 'bad', ms: 0, fail: true });
      await app.line(/^failed/);
      sqs.send({ name: 'good', ms: 0 });
      await app.line(/^end good/);

      app.signal('SIGTERM');
      const report = await app.report();

      assert.deepEqual(sqs.left, [{ body: '{"name":"bad","ms":0,"fail":true}', isVisible: false, receives: 1 }]);
      assert.equal(report.consumers[0]?.outcome, 'drained');
    });
  });
}

test('the fake queue strands what it assigned to an aborted poll, so that the tests above mean something', async () => {
  await using sqs = await FakeSqs.start();
  const client = new SQS({
    region: 'us-east-1',
    endpoint: new URL(sqs.queueUrl).origin,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const controller = new AbortController();
  const poll = client.receiveMessage({ QueueUrl: sqs.queueUrl, WaitTimeSeconds: 5 }, { abortSignal: controller.signal });
  await waitFor('the poll is under way', () => sqs.polls === 1);

  controller.abort();
  await assert.rejects(poll, { name: 'AbortError' });
  sqs.send({ name: 'stranded' });
  await waitFor('the message is assigned', () => sqs.left[0]?.receives === 1);

  assert.equal(sqs.left[0]?.isVisible, false);
  client.destroy();
});

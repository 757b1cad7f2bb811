import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { ask, RawClient } from './support/raw-client.ts';
import { waitFor } from './support/wait-for.ts';

async function drained(mode: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const app = await Program.start('lifecycle.mjs', { env: { MODE: mode, ...env } });
  app.signal('SIGTERM');
  await app.ended;
  return app;
}

void describe('a consumer', { concurrency: 4 }, () => {
  test('stops before anybody hears of the drain, is waited for, and is done before resources are released', async () => {
    await using app = await drained('drains');
    const report = await app.report();

    const words = app.output.filter((line) => ['stop', 'draining', 'hook', 'hand back'].includes(line));
    assert.deepEqual(words, ['stop', 'draining', 'hook']);
    assert.deepEqual(
      report.consumers.map(({ name, outcome, error }) => ({ name, outcome, error })),
      [{ name: 'orders', outcome: 'drained', error: undefined }],
    );
    assert.ok((report.consumers[0]?.durationMs ?? 0) >= 300);
    assert.ok((report.phases.releasing ?? 0) >= 300, 'resources were released while it still ran');
    assert.equal(report.exitCode, 0);
  });

  test('that cannot finish hands back what it has, after the stop signal, and then nothing is lost', async () => {
    await using app = await drained('hands back');
    const report = await app.report();

    assert.ok(app.output.includes('stop true'), 'stop was not told how long there is');
    assert.ok(app.output.indexOf('stop signal') < app.output.indexOf('hand back true true'));
    assert.deepEqual(report.consumers[0]?.handedBack, ['job 1', 'job 2']);
    assert.equal(report.consumers[0]?.outcome, 'handed-back');
    assert.equal(report.lostCount, 0);
    assert.equal(report.exitCode, 0);
  });

  test('that hands back a part loses the rest by name', async () => {
    await using app = await drained('hands back some');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ kind, name, reason, details }) => ({ kind, name, reason, details })),
      [{ kind: 'work', name: 'job 2', reason: 'deadline', details: { consumer: 'orders' } }],
    );
    assert.deepEqual(report.consumers[0]?.handedBack, ['job 1']);
    assert.equal((await app.ended).code, 1);
  });

  test('that never says when it is done is lost as one', async () => {
    await using app = await drained('says nothing');
    const report = await app.report();

    assert.deepEqual(
      report.lost.map(({ name }) => name),
      ['orders'],
    );
    assert.ok(app.output.includes('event lost orders') && app.output.includes('channel lost orders'), 'nobody was told of the loss');
  });

  test('that cannot be stopped hands back at once, and the report says why', async () => {
    await using app = await drained('cannot stop');
    const report = await app.report();

    assert.ok(!app.output.slice(0, app.output.indexOf('hand back')).includes('stop signal'), 'it was waited for in vain');
    assert.equal(report.consumers[0]?.outcome, 'handed-back');
    assert.equal(report.consumers[0]?.error, 'no connection');
    assert.match(report.warnings.join('\n'), /"orders" could not be stopped: no connection/);
  });

  test('that cannot hand back loses all of it', async () => {
    await using app = await drained('cannot hand back');
    const report = await app.report();

    assert.equal(report.lostCount, 2);
    assert.equal(report.consumers[0]?.error, 'no permission');
    assert.equal(report.consumers[0]?.outcome, 'lost');
  });

  test('that was taken away is neither stopped nor reported', async () => {
    await using app = await drained('says nothing', { TAKEN_AWAY: 'yes' });
    const report = await app.report();

    assert.deepEqual(report.consumers, []);
    assert.equal(report.lostCount, 0);
  });
});

void describe('events', { concurrency: 4 }, () => {
  test('tell each phase in order, and the report before the process is gone', async () => {
    await using app = await drained('drains');

    assert.deepEqual(
      app.output.filter((line) => line.startsWith('event')),
      ['announced', 'lingering', 'draining', 'releasing', 'flushed', 'exited'].map((phase) => `event ${phase}`).concat('event report drained'),
    );
  });

  test('whose listener throws change nothing but the warnings', async () => {
    await using app = await drained('drains', { BAD_LISTENER: 'yes' });
    const report = await app.report();

    assert.equal(report.outcome, 'drained');
    assert.equal(report.exitCode, 0);
    assert.match(report.warnings.join('\n'), /listener for "phase" threw: listener failed/);
  });
});

void describe("a request's context", { concurrency: 4 }, () => {
  test('knows no deadline while serving, and both signals and the time left while draining', async () => {
    await using app = await Program.start('lifecycle.mjs', { env: { SERVER: 'yes' } });
    const answer = ask(app.port, '/');
    await app.line(/^context/);

    app.signal('SIGTERM');

    assert.match(await answer, /stopped/);
    assert.ok(app.output.includes('context Infinity Infinity false true true'), app.output.join('\n'));
    assert.ok(app.output.includes('request draining SPOTPROOF_DRAINING true'), app.output.join('\n'));
    assert.ok(app.output.includes('request stop SPOTPROOF_STOP true'), app.output.join('\n'));
    assert.equal((await app.report()).lostCount, 0);
  });

  test('leaves nothing behind on the signals of the process when its request is over', async () => {
    await using app = await Program.start('lifecycle.mjs', { env: { SERVER: 'yes' } });
    using client = await RawClient.connect(app.port);
    const before = await ask(app.port, '/listeners');

    for (let count = 1; count <= 20; count += 1) {
      client.send('POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi');
      await client.until(new RegExp(`(?:quick[^]*){${count}}`));
    }
    const held = ask(app.port, '/held');
    await app.line(/^held/);

    assert.match(before, /listeners 1 1$/);
    await waitFor('only the request that is still open listens', async () => (await ask(app.port, '/listeners')).endsWith('listeners 2 2'));
    app.signal('SIGTERM');
    await held;
  });
});

test('leaving the block of a life drains it, and the next life of the process is a new one', async () => {
  await using app = await Program.start('scope.mjs');
  const report = await app.report();

  assert.deepEqual(app.output, ['listening 0', 'hook', 'after exited serving manual']);
  assert.equal(report.outcome, 'drained');
});

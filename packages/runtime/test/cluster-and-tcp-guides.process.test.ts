import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { endLinger } from './adapters/support/end-linger.ts';
import { startExample } from './adapters/support/example.ts';
import { SteadyLoad } from './adapters/support/steady-load.ts';
import { RawClient } from './support/raw-client.ts';
import { waitFor } from './support/wait-for.ts';

void describe('the guide of', { concurrency: 3 }, () => {
  test('clusters: its example loses no request of a steady load, although it replaces workers that end', async () => {
    await using app = await startExample('cluster', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
    using load = new SteadyLoad(app.port, 4);
    await waitFor('the load runs', () => load.sentAfterMark > 20);

    load.mark();
    load.add(3_000);
    await endLinger(app, async () => {
      await waitFor('requests came after SIGTERM', () => load.sentAfterMark > 60);
      load.end();
    });

    assert.deepEqual(await load.failures(), []);
    const report = await app.report();
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode, (await app.ended).code], ['drained', 0, 0, 0]);
    assert.ok(report.requestsAfterStart > 50, `only ${report.requestsAfterStart} requests came after SIGTERM`);
    assert.deepEqual(
      report.workers?.map(({ hooks }) => hooks.map(({ name, outcome }) => [name, outcome])),
      [[['database', 'done']], [['database', 'done']]],
    );
    assert.deepEqual(app.complaints, []);
  });

  test('threads: its example finishes what is open in a thread', async () => {
    await using app = await startExample('cluster/threads.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '6' } });
    using client = await RawClient.connect(app.port);
    client.request('/orders/o1?ms=1000');

    app.signal('SIGTERM');
    await client.until(/"o1"/);
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount, report.workers?.length], ['drained', 0, 2]);
  });

  test('TCP: its example tells who is connected to come back to another one', async () => {
    await using app = await startExample('tcp', { env: { WATCH_REPORT_DEPENDENCIES: '1', SPOTPROOF_STOP_TIMEOUT: '8' } });
    using client = await RawClient.connect(app.port);
    client.send('hello\n');
    await client.until(/250 hello/);

    app.signal('SIGTERM');
    await client.until(/421 come back to another one/);
    client.socket.end();
    const report = await app.report();

    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
  });

  test('clusters and TCP shows the programs that these tests run, to the letter', () => {
    const shown = (guide: string, example: string): boolean =>
      read(`docs/guides/${guide}.md`).includes(`\`\`\`js\n${read(`examples/${example}.mjs`)}\`\`\`\n`);

    assert.deepEqual([shown('cluster', 'cluster/server'), shown('cluster', 'cluster/threads'), shown('tcp', 'tcp/server')], [true, true, true]);
  });
});

function read(file: string): string {
  return readFileSync(path.join(import.meta.dirname, '..', '..', '..', file), 'utf8');
}

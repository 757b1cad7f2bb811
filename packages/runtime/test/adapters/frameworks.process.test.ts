import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitFor } from '../support/wait-for.ts';
import { endLinger } from './support/end-linger.ts';
import { startExample } from './support/example.ts';
import { SteadyLoad } from './support/steady-load.ts';

void describe('the example for', { concurrency: 3 }, () => {
  for (const framework of ['express', 'express/connect.mjs', 'fastify', 'h3', 'h3/srvx.mjs', 'hono', 'koa', 'nest', 'nest/fastify.mjs']) {
    test(`${framework} loses no request, and its database closes after the last one`, async () => {
      await using app = await startExample(framework, { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
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
      assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
      assert.ok(report.requestsAfterStart > 50, `only ${report.requestsAfterStart} requests came after SIGTERM`);
      assert.ok(report.served.draining >= 1, 'the slow answer was no part of the drain');
      assert.deepEqual(
        report.hooks.map(({ outcome }) => outcome),
        ['done'],
      );
      assert.deepEqual(report.warnings, []);
      assert.deepEqual(
        app.output.filter((line) => line.startsWith('database')),
        ['database closed'],
      );
      assert.deepEqual(app.complaints, []);
    });
  }
});

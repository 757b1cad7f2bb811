import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitFor } from '../support/wait-for.ts';
import { ask } from '../support/raw-client.ts';
import { startExample } from './support/example.ts';

void describe('an app that has moved from', { concurrency: 3 }, () => {
  for (const { peer, readinessPath = '/readyz', said } of [
    { peer: 'terminus', readinessPath: '/healthcheck', said: ['database closed', 'gone'] },
    { peer: 'lightship', readinessPath: '/ready', said: ['database closed'] },
    { peer: 'close-with-grace', said: ['database closed'] },
    { peer: 'http-terminator', said: ['database closed'] },
    { peer: 'http-graceful-shutdown', said: ['preparing to leave', 'database closed', 'gone'] },
  ]) {
    test(`${peer} finishes what is in flight, serves what comes, and ends in the order of its hooks`, async () => {
      await using app = await startExample(`moving-from/${peer}.mjs`);
      const readiness = async (): Promise<string> => (await ask(app.port, readinessPath)).slice(0, 12);
      await waitFor('it is ready', async () => (await readiness()) === 'HTTP/1.1 200');
      const slow = ask(app.port, '/orders/slow?ms=2800');

      app.signal('SIGTERM');
      await waitFor('readiness says that it drains', async () => (await readiness()) === 'HTTP/1.1 503');
      const fresh = await ask(app.port, '/orders/fresh');
      const late = await slow;
      const report = await app.report();

      assert.match(fresh, /^HTTP\/1.1 200 [^]*"rows":/);
      assert.match(fresh, /\r\nConnection: close\r\n/i);
      assert.match(late, /^HTTP\/1.1 200 [^]*"rows":/);
      assert.deepEqual([report.outcome, report.lostCount, report.served, report.warnings], ['drained', 0, { lingering: 1, draining: 1 }, []]);
      assert.deepEqual(
        app.output.filter((line) => !line.startsWith('listening')),
        said,
      );
      assert.equal((await app.ended).code, 0);
    });
  }
});

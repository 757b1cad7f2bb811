import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from '../support/program.ts';
import { ask } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';

void describe('a Nest app that calls enableShutdownHooks()', { concurrency: 2 }, () => {
  for (const [platform, when] of [
    ['express', 'before'],
    ['express', 'after'],
    ['fastify', 'before'],
    ['fastify', 'after'],
  ] as const) {
    test(`${when} it is protected keeps its database until the last request, on ${platform}`, async () => {
      await using app = await Program.start('adapters/nest-shutdown-hooks.mjs', { env: { WHEN: when, PLATFORM: platform } });

      app.signal('SIGTERM');
      await waitFor('readiness says that it drains', async () => (await ask(app.port, '/readyz')).startsWith('HTTP/1.1 503'));
      const answer = await ask(app.port, '/orders/7?ms=1000');

      assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
      const report = await app.report();
      assert.deepEqual([report.outcome, report.hooks.map(({ outcome }) => outcome), report.exitCode], ['drained', ['done'], 0]);
      assert.deepEqual(report.warnings, when === 'after' ? [IGNORED] : []);
      assert.deepEqual(
        app.output.filter((line) => line.startsWith('database')),
        ['database closed'],
      );
    });
  }
});

const IGNORED = 'enableShutdownHooks() was ignored: Nest would close your resources under requests in flight. Take the call out.';

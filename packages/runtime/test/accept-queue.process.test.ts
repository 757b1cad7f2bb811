import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';

// The listener closes while the loop stalls: the linger ends at once (SIGINT of a watch mode) and the connections are already in the kernel's queue.
void describe('connections that the kernel completed during a stall', { concurrency: 4 }, () => {
  for (const round of [1, 2, 3]) {
    test(`20 of 20 are served when the listener closes right after a stall of 300 ms, round ${round}`, async () => {
      await using app = await Program.start('app.mjs', { env: { WATCH_REPORT_DEPENDENCIES: '1' } });
      using trigger = await RawClient.connect(app.port);
      trigger.request('/stall?ms=300');
      await app.line(/^stalled/);

      const clients = await Promise.all(Array.from({ length: 20 }, async () => await RawClient.connect(app.port)));
      for (const [index, client] of clients.entries()) client.request(`/queued/${index}`);
      app.signal('SIGTERM');
      const answers = await Promise.allSettled(clients.map(async (client) => await client.until(/app GET/, 5_000)));

      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 20);
      assert.equal((await app.report()).lostCount, 0);
      for (const client of clients) client.socket.destroy();
    });
  }
});

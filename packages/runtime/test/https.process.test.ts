import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { get } from './support/https-get.ts';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';

void describe('https', { concurrency: 8 }, () => {
  for (const way of ['protect', 'auto'] as const) {
    const options = { auto: way === 'auto', env: { TLS: 'yes', ...(way === 'auto' ? { PROTECT: 'no' } : {}) } };

    test(`${way}: requests after SIGTERM are served and close their connection, what is in flight is finished`, async () => {
      await using app = await Program.start('app.mjs', options);
      const slow = get(app.port, '/slow?ms=2800');
      await app.line(/^started/);

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      const fresh = await get(app.port, '/new');
      const late = await slow;
      const report = await app.report();

      assert.deepEqual(fresh, { status: 200, connection: 'close', body: 'app GET /new' });
      assert.equal(late.body, 'slow');
      assert.deepEqual([report.outcome, report.served], ['drained', { lingering: 1, draining: 1 }]);
      assert.equal((await app.ended).code, 0);
    });
  }

  test('a connection that never begins its handshake does not keep the process', async () => {
    await using app = await Program.start('app.mjs', { env: { TLS: 'yes' } });
    using silent = await RawClient.connect(app.port);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.outcome, 'drained');
    assert.ok((await app.ended).afterMs < 20_000);
    await silent.closed;
  });

  test('a health check of the balancer gets 503 after SIGTERM', async () => {
    await using app = await Program.start('app.mjs', { env: { TLS: 'yes' } });

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const check = await get(app.port, '/health', { 'user-agent': 'ELB-HealthChecker/2.0' });

    assert.equal(check.status, 503);
  });
});

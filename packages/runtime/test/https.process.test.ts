import assert from 'node:assert/strict';
import { request, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { describe, test } from 'node:test';
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

async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; connection: string | undefined; body: string }> {
  return await new Promise((resolve, reject) => {
    // The types of `https.request` leave out that it passes TLS options on.
    const options: RequestOptions & ConnectionOptions = {
      port,
      path,
      headers: { connection: 'keep-alive', ...headers },
      host: '127.0.0.1',
      agent: false,
      // A shared key instead of a certificate, which would expire.
      ciphers: 'PSK+HIGH',
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'test' }),
      checkServerIdentity: () => undefined,
    };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

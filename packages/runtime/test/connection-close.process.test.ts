import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';

void describe('Connection: close', { concurrency: 8 }, () => {
  test('of three pipelined requests all are answered, and only the last answer closes', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.send('GET /slow?ms=300 HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until(/app GET \/c$/);

    const heads = client.received.split(/(?=HTTP\/1\.1)/);
    assert.equal(heads.length, 3);
    assert.deepEqual(
      heads.map((head) => /Connection: close/.test(head)),
      [false, false, true],
    );
    assert.equal((await app.report()).served.lingering, 3);
  });

  test('pipelined requests that were all there before SIGTERM are all answered', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.send('GET /slow?ms=600 HTTP/1.1\r\nHost: x\r\n\r\nGET /slow?ms=10 HTTP/1.1\r\nHost: x\r\n\r\n');
    await app.line(/^started \/slow\?ms=10/);

    app.signal('SIGTERM');
    await client.until(/slow[^]*slow/);

    const report = await app.report();
    assert.equal(report.served.lingering, 2);
    assert.equal(report.lostCount, 0);
  });

  test('a request behind an answer that has announced the close already is not run', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.request('/stream?ms=300');
    await client.until(/begin/);
    client.request('/never');
    await client.until(/end\n/);

    assert.match(client.received, /Connection: close/);
    await client.closed;
    const report = await app.report();
    assert.ok(!app.output.includes('request /never'), 'the handler ran for an answer that cannot be sent');
    assert.deepEqual([report.served.lingering, report.lostCount], [1, 0]);
  });

  test('an answer to an upload that is still coming leaves the connection open, so that the answer arrives', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.send('POST /reject HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n');
    client.send('x'.repeat(50_000));
    await client.until(/too large$/);
    client.send('x'.repeat(150_000));
    client.request('/after');
    await client.until(/app GET \/after$/);

    assert.match(client.received, /^HTTP\/1.1 413 [^]*Connection: keep-alive[^]*200 OK[^]*Connection: close/);
    await app.report();
  });

  test('an upload that was read completely closes its connection', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.send('POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n');
    await client.until(/100 Continue/);
    client.send('abcdef');
    await client.until(/6$/);

    assert.match(client.received, /200 OK[^]*Connection: close/);
    await app.report();
  });
});

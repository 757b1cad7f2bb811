import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startDeafListener } from './support/deaf-listener.ts';
import { header } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer, waitFor } from './support/start-balancer.ts';

// Elastic Load Balancing, "Troubleshoot your Application Load Balancers": the conditions of each code.

test('an error page is small HTML from awselb/2.0, and the connection lives on', async (t) => {
  const balancer = await startBalancer(t);

  const client = await balancer.request(get());
  await client.receives('</html>');

  assert.equal(client.statusLine, 'HTTP/1.1 503 Service Unavailable');
  assert.equal(header(client.received, 'server'), 'awselb/2.0');
  assert.equal(header(client.received, 'content-type'), 'text/html');
  assert.equal(Number(header(client.received, 'content-length')), client.body.length);
  client.clear();
  client.send(get());
  await client.receives('HTTP/1.1 503');
});

test('the error page for HEAD has no body', async (t) => {
  const balancer = await startBalancer(t);
  const client = await balancer.request('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');

  client.send(get());
  await client.receives('</html>');

  assert.match(client.received, /^HTTP\/1\.1 503 [^<]*\r\n\r\nHTTP\/1\.1 503 /u);
});

describe('502', () => {
  test('when the target refuses the connection', async (t) => {
    const target = await startTarget(t, () => {});
    target.server.close();
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get('/', 'x-spotproof-request: r-1\r\n'));

    assert.match(client.statusLine, / 502 /u);
    const record = await balancer.record();
    assert.deepEqual(
      [record.id, record.cause, record.status, record.targetStatus, record.connection, record.sentAt],
      ['r-1', 'target-refused', 502, undefined, 'fresh', undefined],
    );
  });

  for (const [ending, cause] of [
    ['FIN', 'target-fin'],
    ['RST', 'target-rst'],
  ] as const) {
    test(`when the target sends ${ending} with the request outstanding, and nothing is retried`, async (t) => {
      const target = await startTarget(t, async (peer) => {
        await peer.receives('\r\n\r\n');
        if (ending === 'FIN') peer.socket.end();
        else peer.reset();
      });
      const balancer = await startBalancer(t, {}, [target]);

      const client = await balancer.request(get());

      assert.match(client.statusLine, / 502 /u);
      assert.equal((await balancer.record()).cause, cause);
      assert.equal(target.connections.length, 1);
    });
  }

  test('when the target sends FIN in the middle of its head', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.socket.end('HTTP/1.1 200 OK\r\nContent-Le');
    });
    const balancer = await startBalancer(t, {}, [target]);

    assert.match((await balancer.request(get())).statusLine, / 502 /u);
    assert.equal((await balancer.record()).cause, 'target-fin');
  });

  for (const [what, bytes] of [
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['has a malformed header', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n'],
    ['contradicts itself about its length', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ] as const) {
    test(`when the answer ${what}`, async (t) => {
      const target = await startTarget(t, answering(bytes));
      const balancer = await startBalancer(t, {}, [target]);

      assert.match((await balancer.request(get())).statusLine, / 502 /u);
      assert.equal((await balancer.record()).cause, 'target-malformed');
    });
  }

  test('when the head of the answer is larger than 32 K', async (t) => {
    const filler = Array.from({ length: 40 }, (_, index) => `X-Filler-${index}: ${'f'.repeat(1000)}\r\n`).join('');
    const target = await startTarget(t, answering(`HTTP/1.1 200 OK\r\n${filler}Content-Length: 0\r\n\r\n`));
    const balancer = await startBalancer(t, {}, [target]);

    assert.match((await balancer.request(get())).statusLine, / 502 /u);
    assert.equal((await balancer.record()).cause, 'target-head-too-large');
  });

  test('with a body still arriving, answers first and swallows the rest, so that the connection can be used again', async (t) => {
    const balancer = await startBalancer(t);
    const client = await balancer.request('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
    assert.match(client.statusLine, / 503 /u);

    client.clear();
    client.send(`67890${get()}`);
    await client.receives('HTTP/1.1 503');

    assert.equal((await balancer.recorded(2)).length, 2);
  });
});

describe('503', () => {
  test('when no target is registered', async (t) => {
    const balancer = await startBalancer(t);

    await balancer.request(get());

    const record = await balancer.record();
    assert.deepEqual([record.status, record.cause, record.target], [503, 'no-registered-targets', undefined]);
  });

  test('when all that are registered are draining', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, {}, [target]);

    balancer.balancer.deregister('target');

    assert.match((await balancer.request(get())).statusLine, / 503 /u);
  });
});

describe('504', () => {
  test(
    'when the connection to the target is not established in time',
    { skip: process.platform !== 'linux' && 'needs a full Linux backlog' },
    async (t) => {
      const deaf = await startDeafListener(t);
      const balancer = await startBalancer(t, { connectTimeoutMs: 100 });
      balancer.balancer.register({ id: 'deaf', host: '127.0.0.1', port: deaf });

      const client = await balancer.request(get());

      assert.match(client.statusLine, / 504 /u);
      const record = await balancer.record();
      assert.deepEqual([record.cause, record.sentAt], ['target-connect-timeout', undefined]);
    },
  );

  test('when no answer comes before the idle timeout', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, { idleTimeoutMs: 150 }, [target]);

    const client = await balancer.request(get());

    assert.match(client.statusLine, / 504 /u);
    const record = await balancer.record();
    assert.equal(record.cause, 'target-idle-timeout');
    assert.ok(record.endedAt - record.receivedAt >= 150);
    assert.equal(await (await target.connection(0)).ends(), 'fin');
  });

  test('not while the target sends a byte now and then', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      for (const byte of 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n') {
        peer.send(byte);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const balancer = await startBalancer(t, { idleTimeoutMs: 400 }, [target]);

    assert.match((await balancer.request(get())).statusLine, / 200 /u);
  });
});

describe('408', () => {
  for (const [what, bytes] of [
    ['nothing', ''],
    ['half a head', 'GET / HTTP/1.1\r\nHo'],
    ['half a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123'],
  ] as const) {
    test(`when the client sent ${what} before the idle timeout`, async (t) => {
      const target = await startTarget(t, () => {});
      const balancer = await startBalancer(t, { idleTimeoutMs: 150 }, [target]);

      const client = balancer.connect();
      client.send(bytes);
      await client.receives('\r\n\r\n');

      assert.match(client.statusLine, / 408 /u);
      assert.equal(await client.ends(), 'fin');
      assert.equal((await balancer.record()).status, 408);
    });
  }

  test('not between two requests: an idle connection is closed without a word', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, { idleTimeoutMs: 150 }, [target]);
    const client = await balancer.request(get());
    await client.receives('ok');

    client.clear();
    assert.equal(await client.ends(), 'fin');

    assert.equal(client.received, '');
    assert.equal(balancer.records.length, 1);
  });
});

describe('a bad request', () => {
  for (const [status, what, bytes] of [
    [400, 'is not HTTP', 'hello\r\n\r\n'],
    [400, 'has no Host', 'GET / HTTP/1.1\r\n\r\n'],
    [400, 'has two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    [400, 'has both lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n'],
    [400, 'has a header over 16 K', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`],
    [400, 'has a head over 64 K', `GET / HTTP/1.1\r\nHost: x\r\n${`X: ${'x'.repeat(15_000)}\r\n`.repeat(5)}\r\n`],
    [405, 'is TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n'],
    [405, 'is CONNECT', 'CONNECT example:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    [414, 'has a target over 16 K', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    [
      463,
      'passed more than 30 proxies',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${Array.from({ length: 31 }, () => '10.0.0.1').join(', ')}\r\n\r\n`,
    ],
    [501, 'has an unknown transfer coding', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n'],
    [505, 'is HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ] as const) {
    test(`that ${what} is answered with ${status}, never reaches a target, and ends the connection`, async (t) => {
      const target = await startTarget(t, answering(OK));
      const balancer = await startBalancer(t, {}, [target]);

      const client = await balancer.request(bytes);
      assert.equal(await client.ends(), 'fin');

      assert.equal(client.statusLine.split(' ')[1], String(status));
      assert.equal(header(client.received, 'connection'), 'close');
      const record = await balancer.record();
      assert.deepEqual([record.status, record.cause], [status, 'bad-request']);
      assert.equal(target.connections.length, 0);
    });
  }

  test('in the middle of a body ends the target connection too', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);

    const client = balancer.connect();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await (await target.connection(0)).receives('hello');
    client.send('not a chunk size\r\n');
    await client.receives('\r\n\r\n');

    assert.match(client.statusLine, / 400 /u);
    await target.connections[0]?.ends();
  });
});

describe('a client that leaves', () => {
  test('before the answer is a 460 in the access log and has no status on record', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();
    client.send(get());
    await (await target.connection(0)).receives('\r\n\r\n');

    client.reset();

    const record = await balancer.record();
    assert.deepEqual([record.cause, record.status], ['client-closed', undefined]);
    assert.equal(balancer.accessLog[0]?.split(' ')[8], '460');
    await target.connections[0]?.ends();
    await waitFor('no exchange in flight', () => balancer.balancer.inFlight === 0);
  });

  test('before its body is complete is a 400', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123');
    await (await target.connection(0)).receives('123');

    client.socket.end();
    await client.receives('\r\n\r\n');

    assert.match(client.statusLine, / 400 /u);
    assert.equal((await balancer.record()).cause, 'client-closed');
  });

  test('with half of its connection only gets its answer', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
      peer.send(OK);
    });
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();

    client.socket.end(get());
    assert.equal(await client.ends(), 'fin');

    assert.match(client.received, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/su);
    assert.equal((await balancer.record()).status, 200);
  });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { isSpotproofError } from '@spotproof/core';
import type { TargetAddress } from '../../src/balancer/protocol.ts';
import { startDeafListener } from './support/deaf-listener.ts';
import { ask, connectHttp2, startHttp2Target } from './support/http2-peers.ts';
import { get, startBalancer, TEST_CONFIG, waitFor } from './support/start-balancer.ts';
import { Balancer } from '../../src/balancer/balancer.ts';

const H2 = { listener: 'h2c', protocolVersion: 'http2' } as const;

test('a request goes through as HTTP/2, with the headers of a load balancer and the trailers of the target', async (t) => {
  const target = await startHttp2Target(t, (stream, headers) => {
    stream.respond({ ':status': 200, 'x-proto': headers['x-forwarded-proto'], 'x-for': headers['x-forwarded-for'] }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'seven' }));
    stream.end(String(headers[':path']));
  });
  const balancer = await startBalancer(t, H2, [target]);

  const answer = await ask(connectHttp2(t, balancer.port), { ':path': '/a?b', 'x-spotproof-request': 'r-1' });
  const record = await balancer.record();

  assert.deepEqual([answer.status, answer.body, answer.trailers['x-sum'], answer.rstCode], [200, '/a?b', 'seven', 0]);
  assert.deepEqual([answer.headers['x-proto'], answer.headers['x-for']], ['http', '127.0.0.1']);
  assert.deepEqual([record.id, record.target, record.status, record.cause], ['r-1', 'target', 200, undefined]);
  assert.match(balancer.accessLog[0] ?? '', /^h2 .* "GET http:\/\/.*\/a\?b HTTP\/2\.0"/);
});

test('an upload of a megabyte arrives whole, on a target that reads slowly', async (t) => {
  const target = await startHttp2Target(t, (stream) => {
    const hash = createHash('sha1');
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      stream.pause();
      setImmediate(() => stream.resume());
    });
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(hash.digest('hex'));
    });
  });
  const balancer = await startBalancer(t, H2, [target]);
  const body = Array.from({ length: 64 }, (_, index) => Buffer.alloc(16_384, index));

  const answer = await ask(connectHttp2(t, balancer.port), { ':method': 'POST' }, body);

  assert.equal(answer.body, createHash('sha1').update(Buffer.concat(body)).digest('hex'));
});

test('after GOAWAY no new stream is opened on the connection, and the one in flight is finished', async (t) => {
  let finish: (() => void) | undefined;
  const target = await startHttp2Target(t, (stream, headers) => {
    stream.respond({ ':status': 200 });
    if (headers[':path'] === '/slow') finish = () => stream.end('slow');
    else stream.end('quick');
  });
  const balancer = await startBalancer(t, H2, [target]);
  const client = connectHttp2(t, balancer.port);
  const slow = ask(client, { ':path': '/slow' });
  await waitFor('the slow request at the target', () => finish !== undefined);

  target.sessions[0]?.goaway(0, 1);
  // The GOAWAY and the request cross: the first ones may still take the old connection.
  while (target.sessions.length === 1) assert.equal((await ask(client, { ':path': '/quick' })).body, 'quick');
  finish?.();
  const answer = await slow;

  assert.deepEqual([answer.status, answer.body, answer.rstCode], [200, 'slow', 0]);
  assert.ok(balancer.records.every(({ cause }) => cause === undefined));
});

test('a stream that the target refused unseen is sent again, with its body, and only then', async (t) => {
  let refused = 0;
  let broken = 0;
  const target = await startHttp2Target(t, (stream, headers) => {
    if (headers[':path'] === '/unseen' && refused++ === 0) {
      stream.close(7);
      return;
    }
    if (headers[':path'] === '/seen') {
      broken++;
      stream.destroy(new Error('seen, and broken'));
      return;
    }
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(text);
    });
  });
  const balancer = await startBalancer(t, H2, [target]);
  const client = connectHttp2(t, balancer.port);

  const unseen = await ask(client, { ':method': 'POST', ':path': '/unseen' }, [Buffer.from('the body')]);
  const seen = await ask(client, { ':path': '/seen' });

  assert.deepEqual([unseen.status, unseen.body, refused], [200, 'the body', 2]);
  assert.deepEqual([seen.status, broken], [502, 1]);
  assert.deepEqual(
    balancer.records.map(({ cause }) => cause),
    [undefined, 'target-rst'],
  );
});

for (const [how, cause] of [
  ['fin', 'target-fin-in-body'],
  ['rst', 'target-rst-in-body'],
] as const) {
  test(`a target connection that ends by ${how} in the middle of a body breaks the client's stream, not its connection`, async (t) => {
    const target = await startHttp2Target(t, (stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/whole') stream.end('whole');
      else stream.write('half');
    });
    const balancer = await startBalancer(t, H2, [target]);
    const client = connectHttp2(t, balancer.port);
    const broken = ask(client, { ':path': '/half' });
    await waitFor('the stream at the target', () => target.sockets.length === 1 && target.sessions[0] !== undefined);
    await waitFor('half of the body', () => (target.sockets[0]?.bytesWritten ?? 0) > 40);

    const socket = target.sockets[0];
    if (how === 'rst') socket?.resetAndDestroy();
    else socket?.end();
    const answer = await broken;
    const next = await ask(client, { ':path': '/whole' });

    assert.notEqual(answer.rstCode, 0, 'the client can tell');
    assert.deepEqual([next.status, next.body], [200, 'whole']);
    assert.equal(balancer.records[0]?.cause, cause);
  });
}

test('a target that refuses connections is a 502, none at all a 503', async (t) => {
  const target = await startHttp2Target(t, () => {});
  const balancer = await startBalancer(t, H2);
  const client = connectHttp2(t, balancer.port);

  const none = await ask(client, {});
  target.server.close();
  balancer.balancer.register(target.address);
  const refused = await ask(client, {});

  assert.deepEqual([none.status, none.headers['server'], refused.status], [503, 'awselb/2.0', 502]);
  assert.deepEqual(
    balancer.records.map(({ cause }) => cause),
    ['no-registered-targets', 'target-refused'],
  );
});

test('a target that takes no connection is a 504, and each request gets the whole time for it', async (t) => {
  const balancer = await startBalancer(t, { ...H2, connectTimeoutMs: 100 });
  balancer.balancer.register({ id: 'deaf', host: '127.0.0.1', port: await startDeafListener(t) });
  const client = connectHttp2(t, balancer.port);

  const statuses = [(await ask(client, {})).status, (await ask(client, {})).status];

  assert.deepEqual(statuses, [504, 504]);
  for (const { cause, endedAt, receivedAt } of balancer.records) {
    assert.equal(cause, 'target-connect-timeout');
    assert.ok(endedAt - receivedAt >= 99, `gave up after ${endedAt - receivedAt} ms`);
  }
});

test('a client that cancels is no fault of the target', async (t) => {
  let isCancelled = false;
  const target = await startHttp2Target(t, (stream) => {
    stream.on('close', () => (isCancelled = true));
  });
  const balancer = await startBalancer(t, H2, [target]);
  const stream = connectHttp2(t, balancer.port).request({ ':path': '/' });
  stream.on('error', () => {});
  await waitFor('the stream at the target', () => target.sessions.length === 1);

  stream.close(8);
  const record = await balancer.record();

  assert.equal(record.cause, 'client-closed');
  await waitFor('the end of the stream at the target', () => isCancelled);
});

test('the deregistration delay cuts an HTTP/2 stream too', async (t) => {
  const target = await startHttp2Target(t, (stream) => stream.respond({ ':status': 200 }));
  const balancer = await startBalancer(t, { ...H2, deregistrationDelayMs: 50 }, [target]);
  const answer = ask(connectHttp2(t, balancer.port), {});
  await waitFor('the stream at the target', () => target.sessions.length === 1);

  balancer.balancer.deregister('target');
  const { rstCode } = await answer;

  assert.notEqual(rstCode, 0);
  assert.equal((await balancer.record()).cause, 'deregistration-delay-elapsed');
});

for (const listener of ['https', 'h2c'] as const) {
  test(`HTTP/2 from clients (${listener}) reaches a target that speaks HTTP/1.1`, async (t) => {
    const target = await startHttp1Target(t);
    const balancer = await startBalancer(t, { listener }, [{ address: target }]);
    const client = connectHttp2(t, balancer.port, listener === 'https' ? 'https' : 'http');

    const [plain, upload, chunked, empty] = await Promise.all([
      ask(client, { ':path': '/plain' }),
      ask(client, { ':method': 'POST', ':path': '/echo' }, [Buffer.from('one '), Buffer.from('two')]),
      ask(client, { ':path': '/chunks' }),
      ask(client, { ':method': 'HEAD', ':path': '/plain' }),
    ]);

    assert.deepEqual([plain.status, plain.body, plain.headers['x-proto']], [200, 'plain', listener === 'https' ? 'https' : 'http']);
    assert.deepEqual([upload.status, upload.body], [200, 'one two']);
    assert.deepEqual([chunked.status, chunked.body, chunked.headers['transfer-encoding']], [200, 'abc', undefined]);
    assert.deepEqual([empty.status, empty.body, empty.ended], [200, '', true]);
    assert.ok(balancer.records.every(({ cause, status }) => cause === undefined && status === 200));
  });
}

test('an answer over HTTP/1.1 that breaks off breaks the stream of the client', async (t) => {
  const target = await startHttp1Target(t);
  const balancer = await startBalancer(t, { listener: 'h2c' }, [{ address: target }]);

  const answer = await ask(connectHttp2(t, balancer.port), { ':path': '/break' });

  assert.notEqual(answer.rstCode, 0);
  assert.match((await balancer.record()).cause ?? '', /in-body/);
});

test('HTTP/1.1 to a target group of another protocol version is a 464, and so is what gRPC does not allow', async (t) => {
  const http2 = await startBalancer(t, { listener: 'https', protocolVersion: 'http2' });
  const healthCheck = { ...TEST_CONFIG.healthCheck, matcher: [0, 99] as const };
  const grpc = await startBalancer(t, { listener: 'h2c', protocolVersion: 'grpc', healthCheck });
  const http1 = await startBalancer(t, { listener: 'h2c' });

  const [first, second] = await Promise.all([
    ask(connectHttp2(t, grpc.port), { ':method': 'GET' }),
    ask(connectHttp2(t, http1.port), { ':method': 'POST', 'content-type': 'application/grpc' }, [Buffer.alloc(5)]),
  ]);

  assert.deepEqual([first.status, second.status], [464, 464]);
  assert.equal((await grpc.record()).cause, 'protocol-mismatch');
  const socket = connect({ host: '127.0.0.1', port: http2.port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  t.after(() => socket.destroy());
  socket.write(get());
  const [data] = await once(socket, 'data');
  assert.match(String(data), /^HTTP\/1\.1 464/);
});

for (const [protocolVersion, status, isHealthy] of [
  ['http2', { ':status': 200 }, true],
  ['http2', { ':status': 503 }, false],
  ['grpc', { ':status': 200, 'grpc-status': '12' }, true],
  ['grpc', { ':status': 200, 'grpc-status': '14' }, false],
  ['grpc', { ':status': 503 }, false],
] as const) {
  test(`a ${protocolVersion} health check that gets ${JSON.stringify(status)} finds the target ${isHealthy ? 'healthy' : 'unhealthy'}`, async (t) => {
    const paths: string[] = [];
    const target = await startHttp2Target(t, (stream, headers) => {
      paths.push(`${headers[':method']} ${headers[':path']}`);
      stream.respond(status, { endStream: true });
    });
    const matcher = protocolVersion === 'grpc' ? ([12, 12] as const) : ([200, 299] as const);
    const healthCheck = { ...TEST_CONFIG.healthCheck, path: '/AWS.ALB/healthcheck', intervalMs: 30, timeoutMs: 2000, unhealthyThreshold: 1, matcher };
    const balancer = await startBalancer(t, { listener: 'h2c', protocolVersion, healthCheck }, [target]);

    await waitFor('a verdict', () => balancer.reports.some((report) => report.type === 'target-health' && report.state !== 'initial'));

    const verdict = balancer.reports.find((report) => report.type === 'target-health' && report.state !== 'initial');
    assert.equal(verdict?.type === 'target-health' && verdict.state, isHealthy ? 'healthy' : 'unhealthy');
    assert.equal(paths[0], `${protocolVersion === 'grpc' ? 'POST' : 'GET'} /AWS.ALB/healthcheck`);
  });
}

test('a target group that needs HTTP/2 is refused behind a listener that does not speak it', () => {
  assert.throws(
    () =>
      new Balancer({
        config: { ...TEST_CONFIG, protocolVersion: 'grpc', healthCheck: { ...TEST_CONFIG.healthCheck, matcher: [0, 99] } },
        writeRecord: () => {},
        report: () => {},
      }),
    (error) => isSpotproofError(error) && error.code === 'SPOTPROOF_CONFIG_INVALID' && /https or h2c/.test(error.message),
  );
});

async function startHttp1Target(t: TestContext): Promise<TargetAddress> {
  const server = createServer((request, response) => {
    response.setHeader('x-proto', String(request.headers['x-forwarded-proto']));
    switch (request.url ?? '/') {
      case '/echo':
        request.pipe(response);
        return;
      case '/chunks':
        for (const piece of ['a', 'b']) response.write(piece);
        response.end('c');
        return;
      case '/break':
        response.writeHead(200, { 'content-length': '10' });
        response.write('half', () => response.destroy());
        return;
      default:
        response.setHeader('content-length', '5');
        response.end('plain');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const bound = server.address();
  return { id: 'target', host: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 };
}

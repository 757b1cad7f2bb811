import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { VirtualClock } from '@spotproof/core';
import { ask, isRefused, RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { RawProgram, startFront } from './support/front.ts';

test('a request and its answer pass octet for octet while the program serves', async () => {
  const answer = 'HTTP/1.1 200 Fine\r\nx-Odd:  spaced \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\nyes';
  let received = '';
  await using program = await RawProgram.start((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (received.endsWith('body')) socket.write(answer);
    });
  });
  await using front = await startFront(program.port);
  using client = await RawClient.connect(front.port);
  const request = 'POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\nwEIRD: kept\r\nContent-Length: 4\r\n\r\nbody';

  client.send(request);
  await client.until(/yes$/);

  assert.equal(received, request);
  assert.equal(client.received, answer);
});

test('requests in quick succession share a connection to the program, and none is reused that a program may be about to close', async () => {
  const clock = new VirtualClock();
  await using program = await RawProgram.start((socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')));
  await using front = await startFront(program.port, clock);
  using client = await RawClient.connect(front.port);
  const next = async (count: number): Promise<void> => {
    client.request('/');
    await client.until(new RegExp(`(?:ok[^]*){${count}}$`));
  };

  await next(1);
  await next(2);
  assert.equal(program.sockets.length, 1);
  clock.advance(1_100);
  await next(3);

  assert.equal(program.sockets.length, 2);
});

test('a request that the program breaks off gets 502 and is not sent again', async () => {
  await using program = await RawProgram.start((socket) => socket.on('data', () => socket.destroy()));
  await using front = await startFront(program.port);

  const answer = await ask(front.port, '/once');

  assert.match(answer, /^HTTP\/1\.1 502 .*Connection: close/s);
  assert.equal(program.sockets.length, 1);
});

test('a program that nobody listens for any more costs a 502, not a hang', async () => {
  const program = await RawProgram.start(() => {});
  await using front = await startFront(program.port);
  await program[Symbol.asyncDispose]();

  assert.match(await ask(front.port, '/'), /^HTTP\/1\.1 502 /);
});

test('an answer that the program breaks off in the middle ends in a reset, even when it has no length', async () => {
  for (const head of ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n']) {
    await using program = await RawProgram.start((socket) => socket.on('data', () => socket.end(`${head}half`)));
    await using front = await startFront(program.port);
    using client = await RawClient.connect(front.port);

    client.request('/');
    await client.until(/half$/).catch(() => '');

    assert.equal(await client.closed, 'reset');
  }
});

test('a program that speaks HTTP/1.0 and ends its answers by closing is passed on as it is', async () => {
  await using program = await RawProgram.start((socket) => socket.on('data', () => socket.end('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nwhole answer')));
  await using front = await startFront(program.port);
  using client = await RawClient.connect(front.port);

  client.request('/');

  assert.equal(await client.closed, 'fin');
  assert.equal(client.received, 'HTTP/1.0 200 OK\r\nServer: old\r\n\r\nwhole answer');
});

test('requests that come in one packet are answered one after the other, each by itself', async () => {
  await using program = await httpProgram((request, response) => {
    setTimeout(() => response.end(`<${request.url}>`), request.url === '/1' ? 30 : 0);
  });
  await using front = await startFront(program.port);
  using client = await RawClient.connect(front.port);

  client.send(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''));
  await client.until(/<\/3>/);

  assert.deepEqual(client.received.match(/<\/\d>/g), ['</1>', '</2>', '</3>']);
});

test('"100 Continue" comes from the program, and an answer that does not wait for the body ends the connection', async () => {
  await using program = await httpProgram((request, response) => {
    if (request.url === '/no') {
      response.writeHead(413, { connection: 'close' }).end('too large');
      return;
    }
    request.resume().on('end', () => response.end('got it'));
  });
  await using front = await startFront(program.port);
  using willing = await RawClient.connect(front.port);
  using unwilling = await RawClient.connect(front.port);

  willing.send('POST /yes HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
  await willing.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  willing.send('body');
  await willing.until(/got it/);
  unwilling.send('POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nsome of it');

  assert.equal(await unwilling.closed, 'fin');
  assert.match(unwilling.received, /^HTTP\/1\.1 413 .*too large/s);
});

test('a client that reads slowly slows the program down, and a program that reads slowly its client', async () => {
  const SIZE = 64 * 2 ** 20;
  let written = 0;
  await using program = await RawProgram.start((socket) => {
    socket.once('data', (chunk) => {
      if (chunk.toString('latin1').startsWith('POST')) {
        // Reads no further.
        socket.pause();
        return;
      }
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const piece = Buffer.alloc(2 ** 16);
      const more = (): void => {
        while (written < SIZE) {
          written += piece.length;
          if (!socket.write(piece)) {
            socket.once('drain', more);
            return;
          }
        }
      };
      more();
    });
  });
  await using front = await startFront(program.port);
  using reader = await RawClient.connect(front.port);
  using writer = await RawClient.connect(front.port);
  reader.socket.pause();

  reader.request('/large');
  writer.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\n\r\n`);
  const piece = Buffer.alloc(2 ** 16);
  let sent = 0;
  while (sent < SIZE && writer.socket.write(piece)) sent += piece.length;
  await waitFor('both sides stand still', async () => {
    const before = written + writer.socket.bytesWritten;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return written > 0 && before === written + writer.socket.bytesWritten;
  });

  assert.ok(written < SIZE / 2, `the program could write ${written} octets to a client that reads nothing`);
  assert.ok(writer.socket.writableLength > 0 || sent < SIZE, 'the client could write everything to a program that reads nothing');
  assert.equal(front.front.open, 2);
});

test('a client that goes away takes its request to the program with it', async () => {
  let programClosed = false;
  await using program = await RawProgram.start((socket) => socket.resume().on('close', () => (programClosed = true)));
  await using front = await startFront(program.port);
  const client = await RawClient.connect(front.port);

  client.request('/long');
  await waitFor('the request is open', () => front.front.open === 1);
  client.socket.resetAndDestroy();

  await waitFor('the program sees the end', () => programClosed);
  assert.equal(front.front.open, 0);
});

test('what is not HTTP/1.1 is refused, and never reaches the program', async () => {
  await using program = await RawProgram.start(() => {});
  await using front = await startFront(program.port);

  for (const [octets, status] of [
    ['nonsense\r\n\r\n', 400],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ] as const) {
    using client = await RawClient.connect(front.port);
    client.send(octets);
    await client.closed;
    assert.match(client.received, new RegExp(`^HTTP/1\\.1 ${status} `), octets);
  }
  assert.equal(program.sockets.length, 0);
});

test('once draining, health checks get 503 and count for nothing, requests are served with "Connection: close"', async () => {
  const seen: string[] = [];
  await using program = await httpProgram((request, response) => {
    seen.push(request.url ?? '');
    response.end('served');
  });
  await using front = await startFront(program.port);
  using kept = await RawClient.connect(front.port);
  kept.request('/before');
  await kept.until(/served/);
  const check = { 'User-Agent': 'ELB-HealthChecker/2.0' };
  assert.match(await ask(front.port, '/health', check), /^HTTP\/1\.1 200 /);

  front.front.announce();
  const [checked, fresh] = await Promise.all([ask(front.port, '/health', check), ask(front.port, '/fresh')]);
  kept.request('/after');
  await waitFor('the kept connection has ended', () => kept.socket.readableEnded);

  assert.match(kept.received, /served.*Connection: close.*served$/s);
  assert.doesNotMatch(kept.received.slice(kept.received.indexOf('served')), /keep-alive/i);
  assert.match(checked, /^HTTP\/1\.1 503 /);
  assert.match(fresh, /^HTTP\/1\.1 200 /);
  assert.deepEqual(seen.toSorted(), ['/after', '/before', '/fresh', '/health']);
  assert.deepEqual(
    { ...front.front.counts },
    { requestsAfterStart: 2, answeredLingering: 2, answeredDraining: 0, abandoned: 0, healthChecksAnswered: 1 },
  );
});

test('the door closes, what is open is answered, and only then the idle connections end', async () => {
  const waiting: (() => void)[] = [];
  await using program = await httpProgram((request, response) => {
    if (request.url === '/slow') waiting.push(() => response.end('at last'));
    else response.end('quick');
  });
  await using front = await startFront(program.port);
  using busy = await RawClient.connect(front.port);
  using idle = await RawClient.connect(front.port);
  idle.request('/quick');
  await idle.until(/quick/);
  busy.request('/slow');
  await waitFor('the slow request is open', () => waiting.length === 1);

  front.front.announce();
  await front.front.close(1_000);
  assert.equal(await isRefused(front.port), true);
  assert.equal(front.front.open, 2);
  idle.request('/quick-again');
  await idle.until(/Connection: close[^]*quick/);
  for (const answer of waiting) answer();

  await busy.until(/at last/);
  assert.equal(await idle.closed, 'fin');
  await waitFor('nothing is open', () => front.front.open === 0);
});

test('a connection that never says a whole request does not keep the drain for ever', async () => {
  await using program = await RawProgram.start(() => {});
  await using front = await startFront(program.port);
  using silent = await RawClient.connect(front.port);
  using half = await RawClient.connect(front.port);
  half.send('GET / HT');
  await waitFor('both are seen', async () => {
    front.front.announce();
    await front.front.close(1_000);
    return front.front.open === 2;
  });

  await Promise.all([silent.closed, half.closed]);

  await waitFor('nothing is open', () => front.front.open === 0);
});

test('an upgraded connection is a tunnel both ways, and is told 1012 between two frames when it must end', async () => {
  const answered: string[] = [];
  await using program = await RawProgram.start((socket) => {
    let isUpgraded = false;
    socket.on('data', (chunk) => {
      if (isUpgraded) {
        answered.push(chunk.toString('latin1'));
        return;
      }
      isUpgraded = true;
      // The head, a frame of two octets, and the first half of a frame of four.
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi\x81\x04ha', 'latin1');
    });
  });
  await using front = await startFront(program.port);
  using client = await RawClient.connect(front.port);

  client.send('GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly');
  await client.until(/ha$/);
  await waitFor('the program has what came behind the head', () => answered.join('') === 'early');
  front.front.announce();
  assert.equal(front.front.open, 1);
  front.front.endTunnels(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.match(client.received, /ha$/, 'a close frame in the middle of another one');
  program.sockets[0]?.write('lf\x81\x01x', 'latin1');
  await waitFor('the close frame', () => client.received.endsWith(SERVICE_RESTART));

  assert.ok(client.received.endsWith(`\x81\x02hi\x81\x04half${SERVICE_RESTART}`), JSON.stringify(client.received));
  client.send('close');
  await waitFor('the answer of the client reaches the program', () => answered.join('') === 'earlyclose');
  program.sockets[0]?.end();
  assert.equal(await client.closed, 'fin');
  client.socket.end();
  await waitFor('nothing is open', () => front.front.open === 0);
  assert.deepEqual(front.unanswered, []);
});

/** A close frame with status 1012. */
const SERVICE_RESTART = '\x88\x02\x03\xf4';

async function httpProgram(handler: RequestListener): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

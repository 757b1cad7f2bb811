import assert from 'node:assert/strict';
import { createHash, randomBytes, type Hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { header, type Peer } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer, waitFor } from './support/start-balancer.ts';

describe('the request', () => {
  test('begins to reach the target before it is complete, and before any answer', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();

    client.send('POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');

    const peer = await target.connection(0);
    await peer.receives('\r\n\r\n12345');
    client.send('67890');
    await peer.receives('1234567890');
    peer.send(OK);
    await client.receives('ok');
  });

  test('keeps its chunks and trailers', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('X-Checksum: 1\r\n\r\n');
      peer.send(OK);
    });
    const balancer = await startBalancer(t, {}, [target]);
    const body = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Checksum: 1\r\n\r\n';

    const client = await balancer.request(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n${body}`);

    assert.match(client.statusLine, / 200 /u);
    assert.equal(target.connections[0]?.body, body);
    assert.equal(header(target.connections[0]?.received ?? '', 'transfer-encoding'), 'chunked');
  });

  test('may be answered before it ends; the rest still reaches the target, and both connections stay in use', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.send(OK);
      await peer.receives('the end');
      await peer.receives('GET /next');
      peer.send(OK);
    });
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n12345');
    await client.receives('ok');
    client.send('the end');
    client.clear();
    client.send(get('/next'));
    await client.receives('ok');

    assert.equal(target.connections.length, 1);
    assert.deepEqual(
      (await balancer.recorded(2)).map(({ connection }) => connection),
      ['fresh', 'reused'],
    );
  });

  test('that was answered early goes nowhere when the target then hangs up; the client goes on', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.send(OK);
      if (target.connections.length === 1) peer.socket.end();
    });
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123');
    await client.receives('ok');
    await waitFor('the target connection to be given up', () => target.connections[0]?.ending !== undefined);
    client.clear();
    client.send(`4567890${get()}`);
    await client.receives('ok');

    assert.deepEqual(
      (await balancer.recorded(2)).map(({ status, cause, connection }) => [status, cause, connection]),
      [
        [200, undefined, 'fresh'],
        [200, undefined, 'fresh'],
      ],
    );
  });

  test('passes Expect on, and the 100 back, before the body is sent', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      assert.equal(header(peer.received, 'expect'), '100-continue');
      peer.send('HTTP/1.1 100 Continue\r\n\r\n');
      await peer.receives('hello');
      peer.send(OK);
    });
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    assert.equal(client.received, 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hello');
    await client.receives('ok');

    assert.match(client.received, /100 Continue\r\n\r\nHTTP\/1\.1 200 OK/u);
    assert.equal((await balancer.record()).status, 200);
  });
});

describe('the answer', () => {
  test('reaches the client as it comes, chunks and trailers untouched', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\none\r\n');
      await first;
      peer.send('3\r\ntwo\r\n0\r\nX-Sum: 2\r\n\r\n');
    });
    let onFirst = (): void => {};
    const first = new Promise<void>((resolve) => (onFirst = resolve));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get());
    await client.receives('3\r\none\r\n');
    onFirst();
    await client.receives('X-Sum: 2\r\n\r\n');

    assert.equal(client.body, '3\r\none\r\n3\r\ntwo\r\n0\r\nX-Sum: 2\r\n\r\n');
    assert.equal(header(client.received, 'trailer'), 'X-Sum');
  });

  test('early hints pass through before it', async (t) => {
    const target = await startTarget(t, answering(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}`));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get());
    await client.receives('ok');

    assert.match(client.received, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/u);
  });

  for (const [what, request, answer] of [
    ['to HEAD', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'],
    ['204', get(), 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', get(), 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n'],
  ] as const) {
    test(`${what} has no body, whatever its headers say: the next answer follows at once`, async (t) => {
      const target = await startTarget(t, async (peer) => {
        await peer.receives('\r\n\r\n');
        peer.send(answer);
        peer.clear();
        await peer.receives('\r\n\r\n');
        peer.send(OK);
      });
      const balancer = await startBalancer(t, {}, [target]);

      const client = await balancer.request(request);
      client.clear();
      client.send(get());
      await client.receives('ok');

      assert.match(client.received, /^HTTP\/1\.1 200 OK/u);
      assert.equal(target.connections.length, 1);
    });
  }

  test('that ends with its connection ends the client connection too', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.socket.end('HTTP/1.1 200 OK\r\n\r\nall of it');
    });
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get());
    assert.equal(await client.ends(), 'fin');

    assert.equal(client.body, 'all of it');
    assert.equal(header(client.received, 'connection'), 'close');
    assert.equal((await balancer.record()).cause, undefined);
  });

  test('to an HTTP/1.0 client has no chunks', async (t) => {
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.equal(await client.ends(), 'fin');

    assert.equal(client.body, 'onetwo');
    assert.equal(header(client.received, 'transfer-encoding'), undefined);
    assert.match(header(target.connections[0]?.received ?? 'x', 'host') ?? '', /^$|^127\.0\.0\.1:\d+$/u);
  });
});

describe('an answer that stops half way', () => {
  const cut = async (peer: Peer, how: 'FIN' | 'RST', bytes: string): Promise<void> => {
    await peer.receives('\r\n\r\n');
    peer.send(bytes);
    if (how === 'FIN') {
      peer.socket.end();
      return;
    }
    await sawPart;
    peer.reset();
  };
  let onPart = (): void => {};
  let sawPart = Promise.resolve();

  for (const how of ['FIN', 'RST'] as const) {
    for (const [framing, bytes, seen] of [
      ['Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', 'fin'],
      ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nonly this', 'fin'],
      ['the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nonly this', 'rst'],
    ] as const) {
      // A FIN is the proper end there.
      if (how === 'FIN' && seen === 'rst') continue;
      test(`by ${how} (framed by ${framing}) leaves the client's truncated too, ended by ${seen}, and is on record`, async (t) => {
        sawPart = new Promise((resolve) => (onPart = resolve));
        const target = await startTarget(t, (peer) => cut(peer, how, bytes));
        const balancer = await startBalancer(t, {}, [target]);

        const client = await balancer.request(get());
        await client.receives('only this');
        onPart();

        assert.equal(await client.ends(), seen);
        assert.match(client.received, /only this$/u);
        const record = await balancer.record();
        assert.deepEqual([record.status, record.targetStatus, record.cause], [200, 200, `target-${how.toLowerCase()}-in-body`]);
      });
    }
  }

  test('by a broken chunk is cut there', async (t) => {
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nzz\r\n'));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get());
    await client.ends();

    assert.equal((await balancer.record()).cause, 'target-malformed');
    assert.doesNotMatch(client.received, /0\r\n\r\n$/u);
  });

  test('and falls silent is cut after the idle timeout ("Content-Length larger than the body")', async (t) => {
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this'));
    const balancer = await startBalancer(t, { idleTimeoutMs: 150 }, [target]);

    const client = await balancer.request(get());

    assert.equal(await client.ends(), 'fin');
    assert.equal((await balancer.record()).cause, 'target-idle-timeout');
  });
});

describe('backpressure', () => {
  const BIG = 64 * 1024 * 1024;
  const OTHER_OCTETS = 1024 * 1024;
  // Odd in length and without a pattern, so that an octet out of place cannot hide.
  const PIECE = randomBytes(256 * 1024);
  const EXPECTED_SHA1 = hashOf((hash) => {
    for (let sent = 0; sent < BIG; sent += PIECE.length) hash.update(PIECE);
  });

  test('a client that does not read stops the target, and gets every octet right once it reads', async (t) => {
    let sent = 0;
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      if (peer.received.startsWith('GET /other')) {
        peer.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${OTHER_OCTETS}\r\n\r\n${'o'.repeat(OTHER_OCTETS)}`);
        return;
      }
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${BIG}\r\n\r\n`);
      for (sent = 0; sent < BIG; sent += PIECE.length) {
        if (peer.socket.write(PIECE)) continue;
        await new Promise((resolve) => peer.socket.once('drain', resolve));
      }
    });
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();
    client.send(get());
    client.socket.pause();
    await (await target.connection(0)).receives('\r\n\r\n');

    await settles(() => sent);
    assert.ok(sent < BIG, `${sent} octets were taken from the target while the client read nothing`);
    // Somebody else's answer in between must not end up in what is waiting to be sent.
    const other = await balancer.request(get('/other'));
    await other.until('the other answer', () => other.body.length === OTHER_OCTETS);
    const body = new Body(client.socket);
    client.socket.resume();
    await waitFor('the whole body', () => body.octets >= BIG, 30_000);

    assert.equal(body.sha1(), EXPECTED_SHA1);
    assert.ok((await balancer.recorded(2)).every(({ status }) => status === 200));
  });

  test('a target that does not read stops the client, and gets every octet right once it reads', async (t) => {
    let sent = 0;
    const target = await startTarget(t, (peer) => {
      peer.socket.removeAllListeners('data');
      peer.socket.pause();
    });
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BIG}\r\n\r\n`);
    const upload = (async () => {
      for (sent = 0; sent < BIG; sent += PIECE.length) {
        if (client.socket.write(PIECE)) continue;
        await new Promise((resolve) => client.socket.once('drain', resolve));
      }
    })();

    const peer = await target.connection(0);
    await settles(() => sent);
    assert.ok(sent < BIG, `${sent} octets were taken from the client while the target read nothing`);
    const body = new Body(peer.socket);
    peer.socket.resume();
    await upload;
    await waitFor('the whole body', () => body.octets >= BIG, 30_000);
    assert.equal(body.sha1(), EXPECTED_SHA1);
    peer.send(OK);
    await client.receives('ok');
  });

  /** Waits until a number stays the same for a while: the absence of progress announces itself to nobody. */
  async function settles(read: () => number): Promise<void> {
    let before = -1;
    await waitFor('progress to stop', () => {
      const same = read() === before && before > 0;
      before = read();
      return same && stillFor(before);
    });
  }
  let stillValue = -1;
  let stillSince = 0;
  function stillFor(value: number): boolean {
    if (value !== stillValue) {
      stillValue = value;
      stillSince = performance.now();
    }
    return performance.now() - stillSince > 300;
  }
});

describe('pipelined requests', () => {
  test('are served one after the other, in order', async (t) => {
    const target = await startTarget(t, async (peer) => {
      for (;;) {
        await peer.receives('\r\n\r\n');
        const path = peer.received.split(' ')[1] ?? '';
        peer.clear();
        await new Promise((resolve) => setTimeout(resolve, path === '/1' ? 30 : 0));
        peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      }
    });
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();

    client.send(get('/1') + get('/2') + get('/3'));
    client.send(get('/4').slice(0, 10));
    await client.receives('/3');
    client.send(get('/4').slice(10));
    await client.receives('/4');

    assert.deepEqual(client.received.match(/(?<=\r\n\r\n)\/\d/gu), ['/1', '/2', '/3', '/4']);
    assert.equal((await balancer.recorded(4)).length, 4);
    assert.equal(target.connections.length, 1);
  });

  test('behind one that gets an error page are served all the same', async (t) => {
    const balancer = await startBalancer(t);
    const client = balancer.connect();

    client.send(get('/1') + get('/2') + get('/3'));
    await waitFor('three answers', () => client.received.match(/HTTP\/1\.1 503/gu)?.length === 3);

    assert.equal(balancer.records.length, 3);
  });

  test('behind `Connection: close` are not', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get('/1', 'Connection: close\r\n') + get('/2'));
    await client.ends();

    assert.equal(client.received.match(/HTTP\/1\.1/gu)?.length, 1);
    assert.equal(header(client.received, 'connection'), 'close');
  });
});

/** Counts and hashes what comes behind the head, in place of keeping it. */
class Body {
  octets = 0;
  readonly #hash = createHash('sha1');
  #head = '';

  constructor(socket: Socket) {
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => this.#add(chunk));
  }

  sha1(): string {
    return this.#hash.digest('hex');
  }

  #add(chunk: Buffer): void {
    if (this.#head.includes('\r\n\r\n')) {
      this.octets += chunk.length;
      this.#hash.update(chunk);
      return;
    }
    const before = this.#head.length;
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end >= 0) this.#add(chunk.subarray(end + 4 - before));
  }
}

function hashOf(fill: (hash: Hash) => void): string {
  const hash = createHash('sha1');
  fill(hash);
  return hash.digest('hex');
}

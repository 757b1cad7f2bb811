import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { claimOf, idempotentHttp, type HttpIdempotencyOptions } from '../../src/http/index.ts';
import { MemoryStore, type ClaimStore } from '../../src/index.ts';
import { begin, send } from './support/send.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

test('each way to write a response is kept as what its client got', async () => {
  const ways: Readonly<Record<string, Handler>> = {
    'writeHead with a text and headers': (_, response) =>
      response.writeHead(201, 'Made', { 'Content-Type': 'text/x', Link: ['<a>', '<b>'] }).end('body'),
    'writeHead with a list': (_, response) => response.writeHead(202, ['Content-Type', 'text/x', 'Link', '<a>', 'Link', '<b>']).end('body'),
    'writeHead over headers that are set': (_, response) =>
      response.setHeader('content-type', 'text/y').writeHead(200, { 'content-type': 'text/x' }).end('body'),
    'in pieces, with encodings and callbacks': async (_, response) => {
      response.write('626f', 'hex', () => undefined);
      await new Promise((resolve) => response.write(Buffer.from('d'), () => resolve(undefined)));
      response.end('y', 'latin1');
    },
    'end with a callback alone': (_, response) => response.end(() => undefined),
    'a status without a body': (_, response) => response.writeHead(204).end(),
    'a buffer that is used again': (_, response) => {
      const buffer = Buffer.from('body');
      response.write(buffer);
      buffer.fill('x');
      response.end();
    },
    'ended twice, and written after': (_, response) => {
      response.end('body');
      response.on('error', () => {});
      response.end('other');
      response.write('other');
    },
    'a pipeline': (_, response) => pipeline(Readable.from(['bo', 'dy']), response),
    'a status as text': (_, response) => {
      Object.assign(response, { statusCode: '201' });
      response.end('body');
    },
    'a length of its own': (_, response) => response.writeHead(200, { 'content-length': 4 }).end('body'),
  };
  await using app = await serve((request, response) => ways[decodeURI(request.url ?? '').slice(1)]?.(request, response));

  for (const way of Object.keys(ways)) {
    const path = `/${encodeURI(way)}`;
    const first = await send(app.port, { path, key: way.replaceAll(/\W/g, '-') });
    const again = await send(app.port, { path, key: way.replaceAll(/\W/g, '-') });

    assert.deepEqual([again.status, again.text, again.isReplay], [first.status, first.text, true], way);
    assert.deepEqual([again.headers['content-type'], again.headers.link], [first.headers['content-type'], first.headers.link], way);
    if (!/callback alone|without/.test(way)) assert.equal(first.text, 'body', way);
  }
});

test('to its handler a response looks sent as soon as it is written, and ended as soon as it is ended', async () => {
  const seen: boolean[] = [];
  await using app = await serve((_, response) => {
    seen.push(response.headersSent);
    response.write('a');
    seen.push(response.headersSent, response.writableEnded);
    response.end('b');
    seen.push(response.writableEnded);
  });

  await send(app.port, { key: 'k' });

  assert.deepEqual(seen, [false, true, false, true]);
});

test('what a handler makes of the head after its first byte is neither sent nor kept', async () => {
  await using app = await serve((_, response) => {
    response.writeHead(201, { ETag: '"1"', 'X-Own': 'own' }).end('made');
    response.statusCode = 500;
    response.setHeader('etag', '"2"');
    response.setHeader('location', '/other');
  });

  const [first, again] = [await send(app.port, { key: 'k' }), await send(app.port, { key: 'k' })];

  for (const { status, text, headers } of [first, again])
    assert.deepEqual([status, text, headers.etag, headers.location], [201, 'made', '"1"', undefined]);
  assert.deepEqual([first.headers['x-own'], again.isReplay], ['own', true]);
});

test('a head that cannot be sent throws in the handler, as without us, and leaves the key free', async () => {
  const bad = [{ statusCode: 0 }, { statusCode: 1000 }, { statusCode: undefined }, { statusCode: 'abc' }, { statusMessage: 'two\nlines' }];
  let runs = 0;
  await using app = await serve((_, response) => {
    const head = bad[runs++];
    if (head === undefined) response.writeHead(201).end('made');
    else {
      Object.assign(response, head);
      assert.throws(() => response.end('made'), /Invalid/);
      throw new Error('of the app');
    }
  });

  for (const head of bad) assert.deepEqual((await send(app.port, { key: 'k' })).problem, 'idempotency-handler-failed', JSON.stringify(head));

  assert.deepEqual([(await send(app.port, { key: 'k' })).text, (await send(app.port, { key: 'k' })).isReplay], ['made', true]);
});

test('a head that Node refuses only when it is sent cuts the connection, and is not the end of the process', async () => {
  await using app = await serve((_, response) => response.writeHead(201, { trailer: 'x-sum', 'content-length': '4' }).end('made'));

  await assert.rejects(send(app.port, { key: 'k' }), /socket hang up|ECONNRESET/);

  // It was carried out, and recorded before.
  assert.deepEqual([(await send(app.port, { key: 'k' })).status, (await send(app.port, { key: 'k' })).isReplay], [201, true]);
});

test('headers that were set before stay on a problem and on a replay; those of a response that is replaced do not', async () => {
  await using app = await serve((_, response) => response.writeHead(201, { 'x-own': '1', 'x-cors': 'own' }).end('made'), {
    before: (_, response) => response.setHeader('x-cors', 'app'),
  });

  const first = await send(app.port, { key: 'k', body: '1' });
  const replay = await send(app.port, { key: 'k', body: '1' });
  const problem = await send(app.port, { key: 'k', body: '2' });

  assert.deepEqual([first.headers['x-cors'], first.headers['x-own']], ['own', '1']);
  for (const { headers } of [replay, problem]) assert.deepEqual([headers['x-cors'], headers['x-own']], ['app', undefined]);
});

test('what a middleware before has put around the response is used: it sees what leaves, once', async () => {
  const ended: string[] = [];
  await using app = await serve((_, response) => response.writeHead(201).end('made'), {
    before: (_, response) => {
      const end = response.end.bind(response) as (body: unknown) => ServerResponse;
      response.end = ((body: unknown) => (ended.push(String(body)), end(body))) as ServerResponse['end'];
    },
  });

  await send(app.port, { key: 'k' });
  await send(app.port, { key: 'k' });

  assert.deepEqual(ended, ['made', 'made']);
});

test('a response that is flushed early flows while it is written, with back-pressure', async () => {
  const goOn = Promise.withResolvers<void>();
  const piece = Buffer.alloc(1_000_000, 'x');
  let drains = 0;
  await using app = await serve(async (_, response) => {
    response.flushHeaders();
    await goOn.promise;
    for (let pieces = 0; pieces < 5; pieces += 1) {
      if (response.write(piece)) continue;
      drains += 1;
      await new Promise((resolve) => response.once('drain', () => resolve(undefined)));
    }
    response.end();
  });

  const response = await begin(app.port, { key: 'k' });
  goOn.resolve();
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).byteLength;

  assert.equal(bytes, 5_000_000);
  assert.ok(drains > 0);
  assert.equal((await send(app.port, { key: 'k' })).problem, 'idempotency-response-not-kept');
});

for (const [what, handler] of [
  ['destroys it', (_: IncomingMessage, response: ServerResponse) => void response.destroy()],
  [
    'writes half of it and throws',
    (_: IncomingMessage, response: ServerResponse) => {
      response.write('half');
      throw new Error('half');
    },
  ],
  ['pipes a source that fails', (_: IncomingMessage, response: ServerResponse) => pipeline(failing(), response)],
] as const) {
  test(`a handler that ${what} frees the key, and its client sees a cut connection, not half a response`, async () => {
    let runs = 0;
    await using app = await serve((request, response) => {
      runs += 1;
      return runs === 1 ? handler(request, response) : response.end('made');
    });

    await assert.rejects(send(app.port, { key: 'k' }), /socket hang up|ECONNRESET|aborted/);

    const again = await send(app.port, { key: 'k' });
    assert.deepEqual([again.status, again.text, again.isReplay], [200, 'made', false]);
  });
}

test('a handler that never answers frees its key when its time and its lease are over', async () => {
  const store = new MemoryStore();
  await using app = await serve(({ url }, response) => (url === '/hang' && claims === 0 ? void (claims += 1) : response.end('made')), {
    store,
    options: { maxRunMs: 50, leaseMs: 150 },
  });
  let claims = 0;
  const hanging = begin(app.port, { path: '/hang', key: 'k' });

  const end = performance.now() + 20_000;
  let got = await send(app.port, { path: '/hang', key: 'k' });
  while (got.status === 409 && performance.now() < end) {
    await pause(20);
    got = await send(app.port, { path: '/hang', key: 'k' });
  }

  assert.deepEqual([got.status, got.text], [200, 'made']);
  app.cut();
  await assert.rejects(hanging);
});

test('a client that leaves before its body is there runs no handler and leaves the key free', async () => {
  await using app = await serve((request, response) => response.end(String(claimOf(request)?.attempt)));
  const socket = connect(app.port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 10\r\n\r\nhalf');
  await pause(20);
  socket.destroy();

  assert.equal((await send(app.port, { path: '/', key: 'k', body: '0123456789' })).text, '1');
});

test('a client that has left while it was authenticated runs no handler, and nothing waits for the rest of its body', async () => {
  const ended = Promise.withResolvers<void>();
  const idempotent = idempotentHttp(new MemoryStore(), { scope: () => 'all' }).node(() => assert.fail('the handler ran'));
  await using app = await serve(
    async (request, response) => {
      await new Promise((resolve) => request.once('close', resolve));
      await idempotent(request, response);
      ended.resolve();
    },
    { options: { methods: [] } },
  );
  const socket = connect(app.port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 10\r\n\r\nhalf');
  await pause(20);
  socket.destroy();

  await ended.promise;
});

test('HTTP/2 is no different: bodies without a length, in pieces and empty ones reach the handler and are compared', async () => {
  const idempotent = idempotentHttp(new MemoryStore(), { scope: () => 'all' }).node(async (request, response) => {
    response.statusCode = 201;
    response.end(`got ${String(Buffer.concat(await request.toArray()))}`);
  });
  // Its requests and responses are those of node:http as far as handlers know.
  const server = createHttp2Server((request, response) => void idempotent(request as never, response as never));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = async (key: string, ...pieces: string[]): Promise<string> => {
    const stream = session.request({ ':method': 'POST', 'idempotency-key': key }, { endStream: pieces.length === 0 });
    for (const piece of pieces) {
      stream.write(piece);
      await new Promise(setImmediate);
    }
    stream.end();
    const head = await new Promise<Record<string, unknown>>((resolve, reject) => stream.on('response', resolve).on('error', reject));
    const text = String(Buffer.concat(await stream.toArray()));
    return head[':status'] === 201 ? `${head['idempotency-replayed'] === 'true'}: ${text}` : String(head[':status']);
  };

  const answers = [await ask('1', 'a', 'b'), await ask('1', 'ab'), await ask('1', 'ac'), await ask('2'), await ask('2', ''), await ask('2', 'a')];

  session.close();
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(answers, ['false: got ab', 'true: got ab', '422', 'false: got ', 'true: got ', '422']);
});

test('a body that ends without octets ends for its reader too, whichever way it listens', async () => {
  await using app = await serve(async (request, response) => {
    const mode = request.url;
    if (mode === '/on') await new Promise((resolve) => request.resume().on('end', resolve));
    if (mode === '/once') await new Promise((resolve) => request.resume().once('end', resolve));
    if (mode === '/iterate') for await (const _ of request) assert.fail('an octet');
    if (mode === '/pipe') await pipeline(request, new Writable({ write: (_chunk, _encoding, done) => done() }));
    response.end('ended');
  });

  for (const path of ['/on', '/once', '/iterate', '/pipe'])
    for (const sent of [{ headers: { 'transfer-encoding': 'chunked' } }, { body: '' }, { body: 'octets' }])
      if (path !== '/iterate' || sent.body !== 'octets')
        assert.equal((await send(app.port, { path, key: `${path}${JSON.stringify(sent.body)}`.replaceAll(/\W/g, '-'), ...sent })).text, 'ended');
});

test('a body that came long before it was asked for is whole, as behind an authentication that takes its time', async () => {
  await using app = await serve(
    async (request, response) => response.end(`${(await request.toArray()).length === 0 ? 'none' : 'some'} ${request.readableEnded}`),
    {
      before: () => pause(30),
    },
  );

  for (const [sent, got] of [
    [{ body: 'octets' }, 'some true'],
    [{ chunks: ['oct', 'ets'] }, 'some true'],
    [{ headers: { 'transfer-encoding': 'chunked' } }, 'none true'],
    [{ body: '' }, 'none true'],
  ] as const)
    assert.equal((await send(app.port, { key: got.length + JSON.stringify(sent).replaceAll(/\W/g, '-'), ...sent })).text, got);
});

test('a response that is too large for the store is in the blob store, and replayed from there; without the blob it is done all the same', async () => {
  const content = new Map<string, Uint8Array>();
  const overflow = {
    put: async (name: string, bytes: Uint8Array) => void content.set(name, bytes),
    get: async (name: string) => content.get(name),
  };
  const store = new MemoryStore();
  Object.assign(store, { capabilities: { ...store.capabilities, maxBytes: 1000 } });
  let runs = 0;
  await using app = await serve((_, response) => ((runs += 1), response.end('x'.repeat(5000))), { store, options: { overflow } });

  await send(app.port, { key: 'k' });
  const again = await send(app.port, { key: 'k' });
  content.clear();
  const lost = await send(app.port, { key: 'k' });

  assert.deepEqual([again.isReplay, again.text.length, lost.problem, runs], [true, 5000, 'idempotency-response-not-kept', 1]);
});

test('mounted twice it works as mounted once', async () => {
  const store = new MemoryStore();
  const inner = idempotentHttp(store, { scope: () => 'all' }).node((_, response) => response.writeHead(201).end('made'));
  await using app = await serve(inner, { store });

  assert.deepEqual([(await send(app.port, { key: 'k' })).status, (await send(app.port, { key: 'k' })).isReplay], [201, true]);
});

test('a problem without a page of its own has the title of its status, as RFC 9457 says', async () => {
  await using app = await serve((_, response) => response.end());

  const { type, title, status, detail } = JSON.parse((await send(app.port, {})).text) as Record<string, unknown>;

  assert.deepEqual([type, title, status, typeof detail], ['about:blank', 'Bad Request', 400, 'string']);
});

test('a client that leaves out who it is gets an answer, and is not the end of the process', async () => {
  let errors = 0;
  const idempotent = idempotentHttp(new MemoryStore(), { scope: ({ headers }) => headers['x-account'] as string });
  await using app = await serve(
    (request, response) =>
      idempotent
        .node((_, response) => response.end('made'))(request, response)
        .catch(() => (errors += 1)),
    { options: { methods: [] } },
  );

  const { status, problem } = await send(app.port, { key: 'k' });

  assert.deepEqual([status, problem, errors], [500, 'idempotency-scope-missing', 0]);
});

test('a server that turns out to lose what it answers is an error of the app: no handler runs, and no client reads of the store', async () => {
  const errors: unknown[] = [];
  const store = new MemoryStore();
  Object.assign(store, { capabilities: { ...store.capabilities, isDurabilityAssumed: true } });
  const idempotent = idempotentHttp(store, { scope: () => 'all', effects: 'external-once' });
  await using app = await serve(
    (request, response) =>
      idempotent
        .node(() => assert.fail('the handler ran'))(request, response)
        .catch((error: unknown) => errors.push(error)),
    { options: { methods: [] } },
  );

  const { status, problem, text } = await send(app.port, { key: 'k' });

  assert.deepEqual([status, problem, text.includes('durability')], [500, 'idempotency-handler-failed', false]);
  assert.deepEqual(errors.length, 1);
});

test('options that cannot work are refused where they are given', () => {
  const good = { scope: () => 's' };
  for (const bad of [
    { scope: undefined },
    { headers: ['Set-Cookie'] },
    { headers: ['date'] },
    { headers: ['Authorization'] },
    { headers: ['a b'] },
    { docs: 'no url' },
    { docs: 'https://x/>evil' },
    { onBusy: { waitMs: 'x' } },
    { onBusy: 'throw' },
    { leaseMs: 0 },
    { maxBodyBytes: Number.NaN },
    { name: '' },
  ])
    assert.throws(
      () => idempotentHttp(new MemoryStore(), { ...good, ...bad } as unknown as HttpIdempotencyOptions<IncomingMessage>),
      /must/,
      JSON.stringify(bad),
    );
});

async function* failing(): AsyncGenerator<string> {
  yield 'half';
  await new Promise(setImmediate);
  throw new Error('the source failed');
}

async function serve(
  handler: Handler,
  {
    before,
    store = new MemoryStore(),
    options = {},
  }: { before?: Handler; store?: ClaimStore; options?: Partial<HttpIdempotencyOptions<IncomingMessage>> } = {},
) {
  const guarded = idempotentHttp(store, { scope: () => 'all', ...options }).node(handler);
  const server = createServer((request, response) => {
    void (async () => {
      await before?.(request, response);
      await guarded(request, response).catch(() => {});
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => server.closeAllConnections(),
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createGunzip, gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { claimOf, idempotentFastify } from '../../src/http/fastify.ts';
import { MemoryStore } from '../../src/index.ts';
import { send, type Got } from './support/send.ts';

test('inject() sees what a socket sees', async () => {
  let runs = 0;
  await using app = await guarded(fastify(), (app) =>
    app.post('/orders', (request) => ({ got: request.body, runs: (runs += 1), claim: claimOf(request.raw)?.attempt })),
  );

  const answers = [await post(app, '{"a":1}'), await post(app, '{"a":1}'), await post(app, '{"a":2}')];

  assert.deepEqual(
    answers.map(({ statusCode, headers }) => [statusCode, headers['idempotency-replayed']]),
    [
      [200, undefined],
      [200, 'true'],
      [422, undefined],
    ],
  );
  assert.equal(answers[1]?.body, '{"got":{"a":1},"runs":1,"claim":1}');
  assert.equal(runs, 1);
});

test('HTTP/2 is no different', async () => {
  let runs = 0;
  await using app = await guarded(fastify({ http2: true }) as unknown as FastifyInstance, (app) => {
    app.post('/orders', async (_request, reply) => reply.code(201).send({ runs: (runs += 1) }));
    app.post('/large', async () => Readable.from([Buffer.alloc(3000, 'x')], { objectMode: false }));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  const ask = (path: string, body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json', 'idempotency-key': 'k' });
      let head = '';
      let length = 0;
      stream.on('response', (headers) => (head = `${headers[':status']} ${headers['idempotency-replayed'] === 'true' ? 'true' : 'new'}`));
      stream
        .on('data', (data: Buffer) => (length += data.byteLength))
        .on('end', () => resolve(`${head} ${length}`))
        .on('error', reject);
      stream.end(body);
    });

  assert.deepEqual([await ask('/orders', '{}'), await ask('/orders', '{}')], ['201 new 10', '201 true 10']);
  assert.match(await ask('/orders', '{"a":1}'), /^422 new/);
  assert.equal(await ask('/large', '{}'), '200 new 3000');
  assert.match(await ask('/large', '{}'), /^409 new/);
  session.close();
});

test('a body that is read around Fastify, as an upload is, is there, and compared', async () => {
  await using app = await guarded(fastify(), (app) => {
    app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    app.post('/uploads', async (request) => ({ got: String(Buffer.concat(await request.raw.toArray())) }));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const upload = (body: string): Promise<Got> =>
    send((app.server.address() as AddressInfo).port, {
      path: '/uploads',
      key: 'k',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body,
    });

  const answers = [await upload('one'), await upload('one'), await upload('two')];

  assert.deepEqual(
    answers.map(({ status, text, isReplay }) => [status, isReplay, status === 200 ? text : '']),
    [
      [200, false, '{"got":"one"}'],
      [200, true, '{"got":"one"}'],
      [422, false, ''],
    ],
  );
});

test('behind a hook that unpacks the body, its length is that of what was sent', async () => {
  await using app = await guarded(
    fastify(),
    (app) => app.post('/orders', async (request) => ({ got: request.body })),
    (app) => {
      app.addHook('preParsing', async (request, _reply, payload) =>
        Object.assign(payload.pipe(createGunzip()), { receivedEncodedLength: Number(request.headers['content-length']) }),
      );
    },
  );
  await app.listen({ port: 0, host: '127.0.0.1' });

  const { status, text } = await send((app.server.address() as AddressInfo).port, { key: 'k', body: gzipSync('{"a":1}') });

  assert.deepEqual([status, text], [200, '{"got":{"a":1}}']);
});

test('what validation and authentication refuse is not kept, and a replay is authenticated again', async () => {
  let isAllowed = false;
  await using app = await guarded(fastify(), (app) => {
    app.addHook('onRequest', async (_request, reply) => (isAllowed ? undefined : reply.code(401).send()));
    app.post('/orders', { schema: { body: { type: 'object', required: ['cents'] } } }, async () => 'made');
  });
  const statuses: number[] = [];
  const ask = async (body: string): Promise<void> => void statuses.push((await post(app, body)).statusCode);

  await ask('{"cents":1}');
  isAllowed = true;
  await ask('{}');
  await ask('{"cents":1}');
  await ask('{"cents":1}');
  isAllowed = false;
  await ask('{"cents":1}');

  assert.deepEqual(statuses, [401, 400, 200, 200, 401]);
});

test('a handler that answers around Fastify is recorded before its first byte all the same', async () => {
  let runs = 0;
  await using app = await guarded(fastify(), (app) =>
    app.post('/orders', (_request, reply) => {
      runs += 1;
      reply.hijack();
      reply.raw.writeHead(201).end('raw');
    }),
  );

  const [first, again] = [await post(app, '{}'), await post(app, '{}')];

  assert.deepEqual(
    [first.statusCode, first.body, again.statusCode, again.body, again.headers['idempotency-replayed'], runs],
    [201, 'raw', 201, 'raw', 'true', 1],
  );
});

test('a context has it, and its neighbour has not', async () => {
  const app = fastify();
  await app.register(async (guardedApp) => {
    await guardedApp.register(idempotentFastify, { store: new MemoryStore(), scope: () => 'all' });
    guardedApp.post('/guarded', async () => 'ok');
  });
  app.post('/free', async () => 'ok');

  const statuses = [
    (await app.inject({ method: 'POST', url: '/guarded' })).statusCode,
    (await app.inject({ method: 'POST', url: '/free' })).statusCode,
  ];
  await app.close();

  assert.deepEqual(statuses, [400, 200]);
});

async function guarded(
  app: FastifyInstance,
  routes: (app: FastifyInstance) => unknown,
  before: (app: FastifyInstance) => unknown = () => {},
): Promise<FastifyInstance & AsyncDisposable> {
  before(app);
  await app.register(idempotentFastify, { store: new MemoryStore(), scope: () => 'all', maxBodyBytes: 1000 });
  routes(app);
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() as unknown as PromiseLike<void> });
}

function post(app: FastifyInstance, payload: string) {
  return app.inject({ method: 'POST', url: '/orders', payload, headers: { 'content-type': 'application/json', 'idempotency-key': 'k' } });
}

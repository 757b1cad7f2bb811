import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryStore, type ClaimStore } from '../../src/index.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { DOORS, type Call, type Door, type DoorOptions, type Handle, type OpenDoor, type Reply } from './support/doors.ts';
import { begin, send } from './support/send.ts';

for (const door of DOORS) {
  describe(door.name, { concurrency: 4 }, () => {
    test('a request is carried out once, and the same one is answered as the first was, marked, without the handler', async () => {
      await using app = await open(door, {
        reply: () => ({
          status: 201,
          headers: {
            'content-type': 'application/vnd.order+json',
            location: '/orders/1',
            etag: '"1"',
            'set-cookie': ['session=secret', 'b=c'],
            'x-request-id': 'first',
            'www-authenticate': 'Basic',
          },
          body: '{"id":1,"name":"Zoë"}',
        }),
      });

      const first = await send(app.port, { key: '"k-1"', body: '{"cents":1}' });
      const again = await send(app.port, { key: '"k-1"', body: '{"cents":1}' });

      assert.equal(app.calls.length, 1);
      assert.equal(app.calls[0]?.body, '{"cents":1}');
      assert.deepEqual([first.status, first.text, first.isReplay, first.headers['x-request-id']], [201, '{"id":1,"name":"Zoë"}', false, 'first']);
      assert.deepEqual(first.headers['set-cookie'], ['session=secret', 'b=c']);
      assert.deepEqual([again.status, again.text, again.isReplay], [201, '{"id":1,"name":"Zoë"}', true]);
      for (const kept of ['location', 'etag', 'content-length', 'content-type']) assert.equal(again.headers[kept], first.headers[kept], kept);
      for (const foreign of ['set-cookie', 'x-request-id', 'www-authenticate']) assert.equal(again.headers[foreign], undefined, foreign);
    });

    test('of two hundred requests at once the handler runs one, and no other is told that it is done before it is', async () => {
      await using app = await open(door, { reply: async ({ claim }) => (await pause(50), { status: 201, body: String(claim?.attempt) }) });

      const answers = await Promise.all(Array.from({ length: 200 }, () => send(app.port, { key: 'tabs', body: '{}' })));

      assert.equal(app.calls.length, 1);
      assert.equal(answers.filter(({ status, isReplay }) => status === 201 && !isReplay).length, 1);
      for (const { status, isReplay, problem, headers } of answers) {
        if (status === 201) continue;
        assert.deepEqual([status, isReplay, problem, headers['retry-after']], [409, false, 'idempotency-request-running', '1']);
      }
    });

    test('those that may wait get the response of the one that runs', async () => {
      await using app = await open(door, {
        options: { onBusy: { waitMs: 20_000 } },
        reply: async () => (await pause(30), { status: 201, body: 'made' }),
      });

      const answers = await Promise.all(Array.from({ length: 20 }, () => send(app.port, { key: 'k', body: '{}' })));

      assert.equal(app.calls.length, 1);
      assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))], ['201 made']);
    });

    test('a key that is missing or malformed is a problem with 400, and the handler does not run', async () => {
      await using app = await open(door, { options: { docs: 'https://example.com/keys' } });
      const keys: Readonly<Record<string, string | readonly string[] | undefined>> = {
        missing: undefined,
        empty: '""',
        'two headers': ['a', 'b'],
        'two headers in quotes': ['"a"', '"b"'],
        'ten kilobytes': 'x'.repeat(10_000),
        'no end quote': '"a',
        'a quote inside': 'a"b',
        emoji: Buffer.from('🔑').toString('latin1'),
        'a number with spaces': '1 2',
        'an escape of nothing': String.raw`"a\b"`,
        'two strings': '"a" "b"',
      };

      for (const [what, key] of Object.entries(keys)) {
        const { status, problem, headers, text } = await send(app.port, { body: '{}', ...(key === undefined ? {} : { key }) });
        assert.deepEqual([status, problem], [400, `idempotency-key-${key === undefined ? 'missing' : 'malformed'}`], what);
        assert.equal(headers['link'], '<https://example.com/keys>; rel="describedby"');
        assert.equal((JSON.parse(text) as { type: string }).type, 'https://example.com/keys');
      }
      assert.equal(app.calls.length, 0);
    });

    test('a key with a NUL reaches no handler', async () => {
      await using app = await open(door);

      const answer = await raw(
        app.port,
        'POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\nidempotency-key: a\0b\r\ncontent-length: 0\r\n\r\n',
      );

      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.equal(app.calls.length, 0);
    });

    test('quoted or bare it is the same key, and parameters mean nothing', async () => {
      await using app = await open(door);

      for (const key of ['8e03978e-40d5', '"8e03978e-40d5"', '  "8e03978e-40d5" ', '"8e03978e-40d5";v=1', '"8e03978e-40d5" ; a="b;c"; d'])
        assert.equal((await send(app.port, { key, body: '{}' })).status, 200);

      assert.equal(app.calls.length, 1);
    });

    test('the same key with another body, query or content is a problem with 422, and nothing is done', async () => {
      await using app = await open(door);
      await send(app.port, { key: 'k', body: '{"cents":1}' });

      for (const other of [{ body: '{"cents":2}' }, { body: '' }, { body: '{"cents":1}', path: '/orders?currency=eur' }]) {
        const { status, problem } = await send(app.port, { key: 'k', ...other });
        assert.deepEqual([status, problem], [422, 'idempotency-key-reused']);
      }
      assert.equal(app.calls.length, 1);
    });

    test('a tenant is never answered with the response of another, and can neither block nor learn of its keys', async () => {
      await using app = await open(door, { reply: ({ body }) => ({ body: `of ${body}` }) });

      const answers = [
        await send(app.port, { key: 'k', tenant: 'a', body: 'a' }),
        await send(app.port, { key: 'k', tenant: 'b', body: 'b' }),
        await send(app.port, { key: 'k', tenant: 'b', body: 'b' }),
        await send(app.port, { key: 'k', tenant: 'a"', body: 'c' }),
      ];

      assert.deepEqual(
        answers.map(({ text }) => text),
        ['of a', 'of b', 'of b', 'of c'],
      );
      assert.equal(app.calls.length, 3);
    });

    test('a scope that is missing runs no handler, even under an error of the app', async () => {
      for (const scope of [() => undefined as unknown as string, () => '', () => Promise.reject(new Error('no session'))]) {
        await using app = await open(door, { options: { scope } });

        assert.equal((await send(app.port, { key: 'k', body: '{}' })).status, 500);
        assert.equal(app.calls.length, 0);
      }
    });

    test('other methods pass, and so does a request without a key where none is required', async () => {
      await using app = await open(door, { options: { require: false } });

      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'GET']) assert.equal((await send(app.port, { method, key: 'k' })).status, 200);
      for (const body of ['1', '1']) assert.equal((await send(app.port, { body })).status, 200);

      assert.equal(app.calls.length, 7);
      assert.ok(app.calls.every(({ claim }) => claim === undefined));
    });

    test('what was refused for good is kept; what may go better next time, or failed, is tried again under the same effect key', async () => {
      const statuses = [404, 408, 409, 425, 429, 500, 503];
      await using app = await open(door, { reply: ({ url }) => ({ status: Number(url.slice(-3)), body: 'so' }) });

      for (const status of statuses)
        for (let turn = 0; turn < 2; turn += 1) await send(app.port, { path: `/orders/${status}`, key: `k${status}`, body: '{}' });

      for (const status of statuses) {
        const claims = app.calls.filter(({ url }) => url.endsWith(String(status))).map(({ claim }) => claim);
        assert.equal(claims.length, status === 404 ? 1 : 2, String(status));
        assert.equal(new Set(claims.map((claim) => claim?.effectKey('charge'))).size, 1);
      }
    });

    test('a handler that throws frees the key, the client is told 500, and the next request runs it again', async () => {
      await using app = await open(door, {
        reply: ({ claim }) => {
          if (claim?.attempt === 1) throw new Error('secret of the handler');
          return { status: 201, body: 'made' };
        },
      });

      const first = await send(app.port, { key: 'k', body: '{}' });
      const second = await send(app.port, { key: 'k', body: '{}' });

      assert.equal(first.status, 500);
      if (door.name === 'node:http') assert.equal(first.problem, 'idempotency-handler-failed');
      assert.deepEqual([second.status, second.text, second.isReplay], [201, 'made', false]);
    });

    test('a `keepStatus` that throws frees the key: the client is told 500, and the next request runs the handler again', async () => {
      let asked = 0;
      const keepStatus = (): boolean => {
        if ((asked += 1) === 1) throw new Error('of the app');
        return true;
      };
      await using app = await open(door, { options: { keepStatus }, reply: () => ({ status: 201, body: 'made' }) });

      const [first, second] = [await send(app.port, { key: 'k', body: '{}' }), await send(app.port, { key: 'k', body: '{}' })];

      assert.deepEqual([first.status, first.problem], [500, 'idempotency-handler-failed']);
      assert.deepEqual([second.status, second.text, second.isReplay, app.calls.length], [201, 'made', false, 2]);
    });

    test(
      'a request that is too large is refused before anything is done, with and without a length',
      { skip: reasonIf(isParsedBefore(door), 'the limit is the parser’s') },
      async () => {
        await using app = await open(door, { options: { maxBodyBytes: 100 } });

        for (const body of [{ body: 'x'.repeat(101) }, { chunks: ['x'.repeat(60), 'x'.repeat(60)] }]) {
          const { status, problem, text } = await send(app.port, { key: 'k', ...body });
          assert.deepEqual([status, problem, (JSON.parse(text) as { maxBodyBytes: number }).maxBodyBytes], [413, 'idempotency-body-too-large', 100]);
        }
        assert.equal((await send(app.port, { key: 'k', body: 'x'.repeat(100) })).status, 200);
        assert.equal(app.calls.length, 1);
      },
    );

    test('the handler gets the body as it was sent: in chunks, none at all, and an empty one', async () => {
      await using app = await open(door);

      await send(app.port, { key: '1', chunks: ['ab', 'c', 'd'.repeat(70_000)] });
      await send(app.port, { key: '2', headers: { 'content-length': '0' } });
      await send(app.port, { key: '3', headers: { 'transfer-encoding': 'chunked' } });

      assert.deepEqual(
        app.calls.map(({ body }) => body),
        [`abc${'d'.repeat(70_000)}`, '', ''],
      );
    });

    test('a response that is too large to keep arrives whole, and whoever asks again is told that it is done', async () => {
      const body = Buffer.alloc(300_000, 'x');
      await using app = await open(door, {
        options: { maxBodyBytes: 1000 },
        reply: ({ url }) => ({ status: 201, body: url.endsWith('stream') ? slices(body) : body }),
      });

      for (const path of ['/orders', '/stream']) {
        const first = await send(app.port, { path, key: path, body: '{}' });
        const again = await send(app.port, { path, key: path, body: '{}' });

        assert.deepEqual([first.status, first.text.length], [201, body.byteLength]);
        assert.deepEqual(
          [again.status, again.problem, (JSON.parse(again.text) as { responseStatus: number }).responseStatus],
          [409, 'idempotency-response-not-kept', 201],
        );
      }
      assert.equal(app.calls.length, 2);
    });

    test('a response that comes in pieces is kept as one', async () => {
      await using app = await open(door, {
        reply: () => ({ status: 201, headers: { 'content-type': 'text/csv' }, body: slices(Buffer.from('a,b\nc,d\n'), 3) }),
      });

      const [first, again] = [await send(app.port, { key: 'k', body: '{}' }), await send(app.port, { key: 'k', body: '{}' })];

      assert.deepEqual([first.text, again.text, again.isReplay], ['a,b\nc,d\n', 'a,b\nc,d\n', true]);
      assert.equal(again.headers['content-type'], first.headers['content-type']);
    });

    test('an event stream flows, and is recorded as done before its first event', async () => {
      const goOn = Promise.withResolvers<void>();
      async function* events(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('data: 1\n\n');
        await goOn.promise;
        yield Buffer.from('data: 2\n\n');
      }
      await using app = await open(door, { reply: () => ({ headers: { 'content-type': 'text/event-stream' }, body: events() }) });

      const stream = await begin(app.port, { key: 'k', body: '{}' });
      const parts = stream[Symbol.asyncIterator]();
      assert.equal(String((await parts.next()).value), 'data: 1\n\n');
      const again = await send(app.port, { key: 'k', body: '{}' });
      goOn.resolve();

      assert.equal(String((await parts.next()).value), 'data: 2\n\n');
      assert.equal(again.problem, 'idempotency-response-not-kept');
      assert.equal(app.calls.length, 1);
    });

    test('no byte of a response leaves before it is recorded', async () => {
      const store = new FaultyStore(new MemoryStore());
      store.plan('settle', 'late', 'late', 'late');
      await using app = await open(door, { store, options: { storeTimeoutMs: 60_000, leaseMs: 3000 }, reply: () => ({ status: 201, body: 'made' }) });
      let received = '';
      const socket = connect(app.port, '127.0.0.1').on('data', (data) => (received += String(data)));
      socket.write('POST /orders HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 2\r\n\r\n{}');
      await until('the response is being recorded', () => store.calls.includes('settle'));
      await pause(30);

      assert.equal(received, '');

      store.plan('settle');
      await store.release();
      socket.destroy();
    });

    test('a store that is away is a problem with 503, and the handler does not run unguarded', async () => {
      const store = new FaultyStore(new MemoryStore());
      store.plan('claim', 'refused');
      await using app = await open(door, { store });

      const { status, problem, headers } = await send(app.port, { key: 'k', body: '{}' });

      assert.deepEqual([status, problem, headers['retry-after']], [503, 'idempotency-store-unavailable', '1']);
      assert.equal(app.calls.length, 0);
    });

    test('a response that the store did not confirm is not sent, and whoever asks again gets it once it is there', async () => {
      const store = new FaultyStore(new MemoryStore());
      store.plan('settle', 'late', 'late', 'late', 'late');
      await using app = await open(door, {
        store,
        options: { storeTimeoutMs: 50, leaseMs: 3000 },
        reply: () => ({ status: 201, headers: { etag: '"1"' }, body: 'made' }),
      });

      const first = await send(app.port, { key: 'k', body: '{}' });
      await store.release();
      store.plan('settle');
      const again = await send(app.port, { key: 'k', body: '{}' });

      assert.deepEqual([first.status, first.problem, first.headers['etag']], [503, 'idempotency-outcome-unknown', undefined]);
      assert.deepEqual([again.status, again.text, again.isReplay], [201, 'made', true]);
      assert.equal(app.calls.length, 1);
    });

    test('who comes late is told that another has taken over, and the response of that one counts', async () => {
      const time = { now: 1_700_000_000_000 };
      const gate = Promise.withResolvers<void>();
      await using app = await open(door, {
        store: new MemoryStore({ now: () => time.now }),
        reply: async ({ claim }) => {
          if (claim?.attempt === 1) await gate.promise;
          return { status: 201, body: `attempt ${claim?.attempt}` };
        },
      });
      const first = send(app.port, { key: 'k', body: '{}' });
      await until('the first one runs', () => app.calls.length === 1);
      time.now += 3_600_000;

      const second = await send(app.port, { key: 'k', body: '{}' });
      gate.resolve();

      assert.deepEqual([second.status, second.text], [201, 'attempt 2']);
      assert.deepEqual([(await first).status, (await first).problem], [409, 'idempotency-request-overtaken']);
      assert.equal((await send(app.port, { key: 'k', body: '{}' })).text, 'attempt 2');
      assert.equal(app.calls[0]?.claim?.effectKey('x'), app.calls[1]?.claim?.effectKey('x'));
    });

    test('a client that leaves in the middle finds the response when it comes back', async () => {
      const gate = Promise.withResolvers<void>();
      await using app = await open(door, { reply: async () => (await gate.promise, { status: 201, body: 'made' }) });
      const socket = connect(app.port, '127.0.0.1');
      socket.write('POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nidempotency-key: k\r\ncontent-length: 2\r\n\r\n{}');
      await until('the handler runs', () => app.calls.length === 1);
      socket.destroy();
      await pause(20);
      gate.resolve();

      await until('the response is there', async () => (await send(app.port, { key: 'k', body: '{}' })).isReplay);
      assert.equal(app.calls.length, 1);
    });
  });
}

async function open(
  door: Door,
  { store = new MemoryStore(), options = {}, reply = () => ({ body: 'ok' }) }: { store?: ClaimStore; options?: DoorOptions; reply?: Handle } = {},
): Promise<OpenDoor & { readonly calls: Call[] }> {
  const calls: Call[] = [];
  const opened = await door.open(store, options, (call): Reply | Promise<Reply> => {
    calls.push(call);
    return reply(call);
  });
  return Object.assign(opened, { calls });
}

async function* slices(bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await new Promise(setImmediate);
    yield bytes.subarray(at, at + size);
  }
}

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket
      .on('data', (data) => (received += String(data)))
      .on('close', () => resolve(received))
      .on('error', reject);
  });
}

async function until(fact: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${fact}`);
    await pause(5);
  }
}

function isParsedBefore({ name }: Door): boolean {
  return name === 'Express behind its parser';
}

function reasonIf(isSo: boolean, reason: string): string | false {
  return isSo && reason;
}

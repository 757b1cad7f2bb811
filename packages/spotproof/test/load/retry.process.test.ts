import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { LoadConfig } from '../../src/load/protocol.ts';
import type { RequestSpec } from '../../src/load/request-spec.ts';
import { requestSpec, startLoad } from './load-process.ts';
import { waitUntil } from './wait-until.ts';

const retry = { times: 5, idempotencyKey: true, waitMs: [1, 5] } as const;

interface Seen {
  readonly id: string;
  readonly key: string | undefined;
  readonly body: string;
}

type Answer = (attempt: number, response: ServerResponse) => void;

/** Each way in which the first two attempts go wrong; the third is answered. */
const TROUBLES: readonly (readonly [what: string, outcome: string, answer: (response: ServerResponse) => void])[] = [
  ['502', 'bad-status', (response) => void response.writeHead(502).end()],
  ['503 with Retry-After', 'bad-status', (response) => void response.writeHead(503, { 'retry-after': '0' }).end()],
  ['409 with Retry-After', 'answered', (response) => void response.writeHead(409, { 'retry-after': '0' }).end()],
  ['a connection that is cut', 'no-response-fin', (response) => void response.destroy()],
  [
    'an answer that is cut',
    'truncated-fin',
    (response) => void response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
  ],
];

for (const [what, outcome, trouble] of TROUBLES) {
  test(`after ${what} the same request is sent again under the same key, and the last answer decides`, async (t) => {
    const { summary, records, seen } = await loadAgainst(t, (attempt, response) => (attempt < 3 ? trouble(response) : void response.end('done')), {
      body: { kind: 'random', octets: [20, 200] },
      method: 'POST',
      retry,
    });

    assert.ok(records.length >= 20, `${records.length} requests`);
    assert.deepEqual([summary.planned, summary.sent, summary.ended, records.length], Array(4).fill(summary.planned));
    for (const record of records) {
      assert.deepEqual([record.outcome, record.status], ['answered', 200], JSON.stringify(record));
      assert.deepEqual(
        record.attempts?.map((attempt) => [attempt.id, attempt.outcome]),
        [
          [record.id, outcome],
          [`${record.id}.2`, outcome],
          [`${record.id}.3`, 'answered'],
        ],
      );
      const attempts = record.attempts?.map(({ id }) => seen.find((one) => one.id === id)) ?? [];
      assert.equal(new Set(attempts.map((one) => one?.key)).size, 1, 'the key changed');
      assert.equal(new Set(attempts.map((one) => one?.body)).size, 1, 'the body changed');
      assert.match(attempts[0]?.key ?? '', /^"t-\d+-[0-9a-z]+"$/);
      assert.deepEqual([record.sentAt, record.endedAt], [record.attempts?.[0]?.sentAt, record.attempts?.at(-1)?.endedAt]);
      assert.ok(record.intendedAt <= record.sentAt && record.sentAt < record.endedAt);
    }
    assert.equal(new Set(seen.map(({ key }) => key)).size, records.length, 'a key was used for two requests');
    assert.equal(seen.length, 3 * records.length);
  });
}

test('over HTTP/2 it is the same', async (t) => {
  const { records, seen } = await loadAgainst(
    t,
    (attempt, response) => void (attempt < 3 ? response.writeHead(503).end() : response.end('done')),
    { method: 'POST', retry },
    'h2c',
  );

  for (const { outcome, attempts } of records) assert.deepEqual([outcome, attempts?.length], ['answered', 3]);
  assert.equal(new Set(seen.map(({ key }) => key)).size, records.length);
});

test('one that is still not answered after its last attempt is one loss, told as the last attempt saw it', async (t) => {
  const { summary, records, seen } = await loadAgainst(t, (_, response) => void response.writeHead(500).end(), { retry: { ...retry, times: 2 } });

  for (const record of records) assert.deepEqual([record.outcome, record.status, record.attempts?.length], ['bad-status', 500, 3]);
  assert.deepEqual([summary.ended, seen.length], [records.length, 3 * records.length]);
});

test('whoever is told to come again to the end has not been answered', async (t) => {
  const { records } = await loadAgainst(t, (_, response) => void response.writeHead(409, { 'retry-after': '0' }).end(), {
    retry: { ...retry, times: 1 },
  });

  for (const { outcome, detail } of records) assert.deepEqual([outcome, /within 2 attempts, got 409/.test(detail ?? '')], ['bad-status', true]);
});

for (const [what, head] of [
  ['409 without Retry-After', 409],
  ['404', 404],
  ['201', 201],
] as const) {
  test(`${what} is final`, async (t) => {
    const { records, seen } = await loadAgainst(t, (_, response) => void response.writeHead(head).end(), { retry });

    assert.equal(seen.length, records.length);
    assert.ok(records.every(({ attempts }) => attempts === undefined));
  });
}

test('Retry-After is waited for', async (t) => {
  const { records } = await loadAgainst(
    t,
    (attempt, response) => void (attempt === 1 ? response.writeHead(409, { 'retry-after': '1' }).end() : response.end()),
    { retry },
  );

  for (const { attempts = [] } of records) assert.ok((attempts[1]?.sentAt ?? 0) - (attempts[0]?.endedAt ?? 0) >= 999, JSON.stringify(attempts));
});

test('without `retry` nothing is ever sent twice, and there is no key', async (t) => {
  const { records, seen } = await loadAgainst(t, (_, response) => void response.writeHead(503, { 'retry-after': '0' }).end(), {});

  assert.equal(seen.length, records.length);
  assert.ok(seen.every(({ key }) => key === undefined));
  assert.ok(records.every((record) => !('attempts' in record)));
});

/** Twenty requests or a few more to a server that answers each by how often it has come. */
async function loadAgainst(t: TestContext, answer: Answer, spec: Partial<RequestSpec>, listener: NonNullable<LoadConfig['listener']> = 'http') {
  const seen: Seen[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('latin1').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const id = String(request.headers['x-spotproof-request']);
      const key = request.headers['idempotency-key'];
      seen.push({ id, key: typeof key === 'string' ? key : undefined, body });
      answer(Number(id.split('.')[1] ?? 1), response);
    });
  };
  // The compatibility API of HTTP/2 is that of HTTP/1.1 in what is used here.
  const server = listener === 'h2c' ? createHttp2Server(onRequest as never) : createServer(onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const nodes = ['a', 'b'].map((name) => ({ name, host: '127.0.0.1', port }));
  await using load = startLoad({ nodes, listener, requests: [requestSpec(spec)], ratePerSecond: 200, seed: 5 });
  await waitUntil('twenty requests have come', () => new Set(seen.map(({ id }) => id.split('.')[0])).size >= 20);
  return { ...(await load.finish()), seen };
}

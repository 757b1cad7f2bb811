import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { idempotentFetch, idempotentHono } from '../../src/http/fetch.ts';
import { MemoryStore } from '../../src/index.ts';

test('a handler gets the very request that came, with its body unread: what others know it by still holds', async () => {
  const accounts = new WeakMap<Request, string>();
  const fetch = idempotentFetch(
    new MemoryStore(),
    { scope: (request) => accounts.get(request) ?? '' },
    async (request) => new Response(`${accounts.get(request)}: ${await request.text()}`),
  );
  const request = post('{"cents":1}');
  accounts.set(request, 'a');

  assert.equal(await (await fetch(request)).text(), 'a: {"cents":1}');
});

test('a body that somebody has read before cannot be compared, and is an error before anything is done', async () => {
  const fetch = idempotentFetch(new MemoryStore(), { scope: () => 'a' }, () => assert.fail('the handler ran'));
  const request = post('{}');
  await request.text();

  await assert.rejects(fetch(request), { code: 'SPOTPROOF_MISUSE', message: /was read before/ });
});

test('Hono keeps what was read before: it is compared, but for a form', async () => {
  const readFirst = async (body: string | FormData, read: 'json' | 'text' | 'arrayBuffer' | 'formData'): Promise<string[]> => {
    const app = new Hono();
    let runs = 0;
    app.use(async (c, next) => (await c.req[read](), next()));
    app.use(idempotentHono(store, { scope: () => 'a' }));
    app.post('*', async (c) => ((runs += 1), c.text(read === 'json' ? JSON.stringify(await c.req.json()) : await c.req.text())));
    app.onError((error, c) => c.text(error.message, 500));
    const response = await app.request(post(body));
    return [String(response.status), response.status < 400 ? await response.text() : '', String(runs)];
  };
  let store = new MemoryStore();

  for (const read of ['json', 'text', 'arrayBuffer'] as const) {
    store = new MemoryStore();
    assert.deepEqual(await readFirst('{"a":1}', read), ['200', '{"a":1}', '1'], read);
    assert.deepEqual(await readFirst('{"a":1}', read), ['200', '{"a":1}', '0'], read);
    assert.deepEqual(await readFirst('{"a":2}', read), ['422', '', '0'], read);
  }
  const form = new FormData();
  form.set('a', '1');
  assert.deepEqual(await readFirst(form, 'formData'), ['500', '', '0']);
});

function post(body: string | FormData): Request {
  return new Request('http://localhost/orders', { method: 'POST', headers: { 'idempotency-key': 'k' }, body });
}

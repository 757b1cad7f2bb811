import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { header } from './support/peer.ts';
import { OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer } from './support/start-balancer.ts';

/** What a target sees of a request, and what a client sees of an answer. */
async function pass(
  t: Parameters<typeof startBalancer>[0],
  request: string,
  answer = OK,
): Promise<{ readonly request: string; readonly answer: string; readonly port: number }> {
  let seen = '';
  const target = await startTarget(t, async (peer) => {
    await peer.receives('\r\n\r\n');
    seen = peer.received;
    peer.send(answer);
  });
  const balancer = await startBalancer(t, {}, [target]);
  const client = await balancer.request(request);
  return { request: seen, answer: client.received, port: balancer.port };
}

describe('request headers ("HTTP headers and Application Load Balancers")', () => {
  test('X-Forwarded-For, -Proto and -Port tell the target who asked, and by which door', async (t) => {
    const { request, port } = await pass(t, get());

    assert.equal(header(request, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(header(request, 'x-forwarded-proto'), 'http');
    assert.equal(header(request, 'x-forwarded-port'), String(port));
  });

  test('X-Forwarded-For is appended to; a Proto or Port that the client made up is replaced', async (t) => {
    const { request } = await pass(t, get('/', 'X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nx-forwarded-port: 443\r\n'));

    assert.equal(header(request, 'x-forwarded-for'), '203.0.113.7, 127.0.0.1');
    assert.equal(request.match(/x-forwarded-proto/giu)?.length, 1);
    assert.equal(header(request, 'x-forwarded-proto'), 'http');
    assert.notEqual(header(request, 'x-forwarded-port'), '443');
  });

  test('X-Amzn-Trace-Id is made when absent', async (t) => {
    const { request } = await pass(t, get());

    assert.match(header(request, 'x-amzn-trace-id') ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/u);
  });

  test("X-Amzn-Trace-Id with a Root gets the balancer's own Self in front, in place of an older one", async (t) => {
    const { request } = await pass(t, get('/', 'X-Amzn-Trace-Id: Self=1-1-1;Root=1-67891233-abcdef012345678912345678;foo=bar\r\n'));

    assert.match(header(request, 'x-amzn-trace-id') ?? '', /^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678;foo=bar$/u);
  });

  test('what concerns the client connection only is dropped, and so is what Connection names', async (t) => {
    const { request } = await pass(
      t,
      get(
        '/',
        'Connection: keep-alive, X-Mine\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\nX-Mine: 1\r\nX-Other: 2\r\n',
      ),
    );

    for (const name of ['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'x-mine'])
      assert.equal(header(request, name), undefined, name);
    assert.equal(header(request, 'x-other'), '2');
  });

  test('Connection cannot be used to have Host or the length dropped', async (t) => {
    const { request } = await pass(t, 'POST / HTTP/1.1\r\nHost: example\r\nConnection: host, content-length\r\nContent-Length: 0\r\n\r\n');

    assert.equal(header(request, 'host'), 'example');
    assert.equal(header(request, 'content-length'), '0');
  });

  test('Host stays as the client sent it; a target in absolute form names the host itself', async (t) => {
    assert.equal(header((await pass(t, get())).request, 'host'), 'example');

    const absolute = await pass(t, 'GET http://other.example:81/a?b=c HTTP/1.1\r\nHost: example\r\n\r\n');

    assert.equal(header(absolute.request, 'host'), 'other.example:81');
    assert.match(absolute.request, /^GET \/a\?b=c HTTP\/1\.1\r\n/u);
  });

  test('names, values and order of all others stay as they are, octets above 127 included', async (t) => {
    const { request } = await pass(t, get('/path', 'x-LOWER: 1\r\nX-Twice: a\r\nX-Twice: b\r\nX-Latin: \u00e9\r\n'));

    assert.match(request, /^GET \/path HTTP\/1\.1\r\n/u);
    assert.match(request, /x-LOWER: 1\r\nX-Twice: a\r\nX-Twice: b\r\nX-Latin: \u00e9\r\n/u);
  });
});

describe('response headers', () => {
  test("the target's hop-by-hop headers are dropped, the rest stays", async (t) => {
    const { answer } = await pass(
      t,
      get(),
      'HTTP/1.1 200 Fine\r\nServer: app\r\nConnection: close, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
    );

    assert.match(
      answer,
      /^HTTP\/1\.1 200 Fine\r\nServer: app\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n/u,
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalServerError, RequestWatch, type SeenRequest } from '../../src/relay/request-watch.ts';

test('knows where a request ends, however it is cut into chunks', () => {
  const text = 'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
  for (let cut = 1; cut < text.length; cut++) {
    const { watch, seen } = watching();

    watch.push(Buffer.from(text.slice(0, cut)));
    assert.deepEqual([watch.isBetween, seen.length], [false, 0], `cut at ${cut}`);
    watch.push(Buffer.from(text.slice(cut)));

    assert.deepEqual([watch.isBetween, seen], [true, [{ method: 'POST', keepAlive: true }]], `cut at ${cut}`);
  }
});

test('tells a request at once that waits for leave to send its body, and once only', () => {
  const { watch, seen } = watching();

  watch.push(Buffer.from('PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'));
  assert.deepEqual(seen, [{ method: 'PUT', keepAlive: false }]);
  watch.push(Buffer.from('ok'));

  assert.equal(seen.length, 1);
});

test('sees that HTTP/2 is no language of its own, and that an upgrade was asked for', () => {
  const { watch } = watching();
  watch.push(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
  assert.equal(watch.isOpaque, true);

  const { watch: other } = watching();
  other.push(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'));
  assert.deepEqual([other.isOpaque, other.askedForUpgrade], [false, true]);
});

test('answers HEAD without a body, and says when the connection ends', () => {
  assert.match(internalServerError({ method: 'HEAD', keepAlive: true }), /^HTTP\/1\.1 500 [^]*Content-Length: 19\r\n\r\n$/);
  assert.match(internalServerError({ method: 'GET', keepAlive: false }), /Connection: close\r\n\r\nplanted fault: 5xx\n$/);
});

function watching(): { readonly watch: RequestWatch; readonly seen: SeenRequest[] } {
  const seen: SeenRequest[] = [];
  return { watch: new RequestWatch((request) => seen.push(request)), seen };
}

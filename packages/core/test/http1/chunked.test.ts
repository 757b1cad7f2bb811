import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestFramer } from '@spotproof/core/http1';
import { bodyOf, errorOf, octets, recordRequests, typesOf } from './recorder.ts';

const HEAD = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';

test('payload mode gives the content, wire mode everything between the head and the next message', () => {
  const body = '5;sig="a;b";x\r\nhello\r\n00A\r\n, world!!\n\r\n0;last\r\nX-Sum: 1\r\nX-Sum: \xe9\r\n\r\n';
  const payload = recordRequests(`${HEAD}${body}GET / HTTP/1.1\r\n\r\n`, { body: 'payload' });
  const wire = recordRequests(`${HEAD}${body}GET / HTTP/1.1\r\n\r\n`, { body: 'wire' });

  assert.equal(bodyOf(payload), 'hello, world!!\n');
  assert.equal(bodyOf(wire), body);
  for (const recording of [payload, wire]) {
    assert.equal(typesOf(recording), 'head body trailers end head end');
    assert.deepEqual(recording.events[2], { type: 'trailers', headers: ['X-Sum', '1', 'X-Sum', '\xe9'] });
  }
});

test('a body of no chunks is complete, and no trailers are told', () => {
  assert.equal(typesOf(recordRequests(`${HEAD}0\r\n\r\n`, { body: 'payload' })), 'head end');
});

const REFUSED: readonly (readonly [what: string, body: string, code: string])[] = [
  ['an empty size', '\r\n', 'bad-chunk'],
  ['an extension without a size', ';a\r\n', 'bad-chunk'],
  ['a size with a prefix', '0x1\r\n', 'bad-chunk'],
  ['a size that is not hexadecimal', 'g\r\n', 'bad-chunk'],
  ['a negative size', '-1\r\n', 'bad-chunk'],
  ['a size with a space before it', ' 1\r\n', 'bad-chunk'],
  ['a size with a space behind it', '1 \r\n', 'bad-chunk'],
  ['a size line that ends with LF alone', '1\na', 'bad-chunk'],
  ['a size line that ends with CR alone', '1\ra', 'bad-chunk'],
  ['a size of 2^53', '20000000000000\r\n', 'bad-chunk'],
  ['LF in an extension', '1;a\na\r\n', 'bad-chunk'],
  ['CR in a quoted extension', '1;a="\r"\r\na\r\n', 'bad-chunk'],
  ['NUL in an extension', '1;\0\r\n', 'bad-chunk'],
  ['data longer than its size', '1\r\nab\r\n', 'bad-chunk'],
  ['data that ends with LF alone', '1\r\na\n', 'bad-chunk'],
  ['data that ends with CR alone', '1\r\na\r0', 'bad-chunk'],
  ['a trailer without a colon', '0\r\nX\r\n\r\n', 'bad-header'],
  ['a folded trailer', '0\r\nX: y\r\n z\r\n\r\n', 'bad-header'],
  ['trailers that end with LF alone', '0\r\n\n', 'bad-header'],
  ['a Content-Length among the trailers', '0\r\ncontent-length: 1\r\n\r\n', 'bad-header'],
  ['a Transfer-Encoding among the trailers', '0\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n', 'bad-header'],
];
for (const [what, body, code] of REFUSED) {
  test(`${what} is refused`, () => {
    const recording = recordRequests(`${HEAD}${body}`);
    assert.equal(errorOf(recording)?.code, code);
    assert.ok(!typesOf(recording).includes('end'));
  });
}

test('what was sent before a bad chunk is told before the error', () => {
  const recording = recordRequests(`${HEAD}3\r\nabc\r\nzz`, { body: 'payload' });
  assert.equal(typesOf(recording), 'head body error');
  assert.equal(bodyOf(recording), 'abc');
});

test('body pieces are views of the chunk, and in wire mode one for all that came together', () => {
  const chunk = octets(`${HEAD}1\r\na\r\n2\r\nbc\r\n0\r\n\r\n`);
  const pieces = (body: 'wire' | 'payload'): readonly Uint8Array[] => {
    const found: Uint8Array[] = [];
    createRequestFramer({ onHead: () => {}, onBody: (bytes) => found.push(bytes), onMessageEnd: () => {}, onError: () => {} }, { body }).push(chunk);
    return found;
  };

  assert.deepEqual(
    pieces('wire').map(({ length }) => length),
    [chunk.length - HEAD.length],
  );
  assert.deepEqual(
    pieces('payload').map(({ length }) => length),
    [1, 2],
  );
  for (const piece of [...pieces('wire'), ...pieces('payload')]) assert.equal(piece.buffer, chunk.buffer);
});

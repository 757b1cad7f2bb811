import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, headOf, recordResponses, typesOf } from './recorder.ts';

test('a response head is told as it was sent', () => {
  const wire = 'HTTP/1.1 404 Not \xe9 Found\r\nContent-Length: 0\r\n\r\n';
  assert.deepEqual(recordResponses(wire).events, [
    {
      type: 'head',
      head: {
        kind: 'response',
        status: 404,
        reason: 'Not \xe9 Found',
        version: '1.1',
        headers: ['Content-Length', '0'],
        framing: 'length',
        contentLength: 0,
        keepAlive: true,
      },
      wire,
    },
    { type: 'end' },
  ]);
});

for (const line of ['HTTP/1.1 200 ', 'HTTP/1.1 200']) {
  test(`an empty reason is understood in "${line}"`, () => {
    const head = headOf(recordResponses(`${line}\r\nContent-Length: 0\r\n\r\n`));
    assert.deepEqual([head.status, head.reason], [200, '']);
  });
}

const REFUSED: readonly (readonly [what: string, wire: string, code: string])[] = [
  ['something that is not HTTP', 'garbage', 'bad-start-line'],
  ['ICY', 'ICY 200 OK\r\n', 'bad-start-line'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n', 'bad-version'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n', 'bad-start-line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n', 'bad-start-line'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n', 'bad-start-line'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n', 'bad-start-line'],
  ['a tab behind the status', 'HTTP/1.1 200\tOK\r\n', 'bad-start-line'],
  ['a status line that ends with LF alone', 'HTTP/1.1 200 OK\n', 'bad-start-line'],
  ['CR alone in the reason', 'HTTP/1.1 200 O\rK\r\n', 'bad-start-line'],
  ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\n', 'bad-start-line'],
  ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n', 'bad-header'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\n', 'bad-header'],
];
for (const [what, wire, code] of REFUSED) {
  test(`${what} is a 502, as soon as it is seen`, () => {
    const error = errorOf(recordResponses(wire));
    assert.deepEqual([error?.code, error?.status], [code, 502]);
  });
}

test('interim responses come before the final one, do not use up the request, and have no body', () => {
  const wire =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const recording = recordResponses(wire, { asked: ['GET'] });

  assert.equal(typesOf(recording), 'interim interim head body end');
  assert.equal(recording.state, 'idle');
});

test('octets that no request asked for are an unexpected message, and empty lines are not', () => {
  const extra = recordResponses('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\nH', { asked: ['GET'] });
  assert.equal(typesOf(extra), 'head end error');
  assert.equal(errorOf(extra)?.code, 'unexpected-message');

  assert.equal(typesOf(recordResponses('\r\n', { asked: [] })), '');
});

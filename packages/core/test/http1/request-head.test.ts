import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, headOf, octets, recordRequests, typesOf } from './recorder.ts';
import { createRequestFramer } from '@spotproof/core/http1';

test('a request head is told as it was sent', () => {
  const wire = 'GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Odd_Name:  two words\t\r\nEmpty:\r\nHOST: y\r\n\r\n';
  const { events } = recordRequests(wire);

  assert.deepEqual(events, [
    {
      type: 'head',
      head: {
        kind: 'request',
        method: 'GET',
        target: '/a?b=c',
        version: '1.1',
        headers: ['Host', 'x', 'X-Odd_Name', 'two words', 'Empty', '', 'HOST', 'y'],
        framing: 'none',
        contentLength: undefined,
        keepAlive: true,
        upgrade: undefined,
        expectContinue: false,
      },
      wire,
    },
    { type: 'end' },
  ]);
});

test('octets above 127 in a value become one latin1 character each, those that windows-1252 moves included', () => {
  const value = String.fromCharCode(...Array.from({ length: 128 }, (_, index) => 128 + index));
  assert.deepEqual(headOf(recordRequests(`GET / HTTP/1.1\r\nX: ${value}\r\nY: z\r\n\r\n`)).headers, ['X', value, 'Y', 'z']);
});

test('empty lines before a request line are skipped and are no part of the head', () => {
  const { events } = recordRequests('\r\n\n\r\nGET / HTTP/1.1\r\n\r\n\r\n');
  assert.deepEqual(
    events.map((event) => (event.type === 'head' ? event.wire : event.type)),
    ['GET / HTTP/1.1\r\n\r\n', 'end'],
  );
});

const TARGETS: readonly (readonly [line: string, target: string])[] = [
  ['GET /"<>\\^`{|}#? HTTP/1.1', '/"<>\\^`{|}#?'],
  ['OPTIONS * HTTP/1.1', '*'],
  ['GET http://example.com/a HTTP/1.1', 'http://example.com/a'],
  ['CONNECT example.com:443 HTTP/1.1', 'example.com:443'],
  ["!#$%&'*+-.^_`|~09Az / HTTP/1.0", '/'],
];
for (const [line, target] of TARGETS) {
  test(`the request line "${line}" is understood`, () => {
    assert.equal(headOf(recordRequests(`${line}\r\n\r\n`)).target, target);
  });
}

const REFUSED: readonly (readonly [what: string, wire: string, code: string, status: number])[] = [
  ['a TLS hello', '\x16\x03\x01\x02', 'bad-start-line', 400],
  ['a leading space', ' GET / HTTP/1.1\r\n', 'bad-start-line', 400],
  ['no method', '/ HTTP/1.1\r\n', 'bad-start-line', 400],
  ['two spaces before the target', 'GET  / HTTP/1.1\r\n', 'bad-start-line', 400],
  ['no target', 'CONNECT  HTTP/1.1\r\n', 'bad-start-line', 400],
  ['two spaces behind the target', 'GET /  HTTP/1.1\r\n', 'bad-start-line', 400],
  ['a tab in the target', 'GET /a\tb HTTP/1.1\r\n', 'bad-start-line', 400],
  ['an octet above 127 in the target', 'GET /\xfc HTTP/1.1\r\n', 'bad-start-line', 400],
  ['a relative target', 'GET foo HTTP/1.1\r\n\r\n', 'bad-start-line', 400],
  ['a path for CONNECT', 'CONNECT / HTTP/1.1\r\n\r\n', 'bad-start-line', 400],
  ['HTTP/0.9', 'GET /\r\n', 'bad-start-line', 400],
  ['a lower-case protocol', 'GET / http/1.1\r\n', 'bad-start-line', 400],
  ['a space behind the version', 'GET / HTTP/1.1 \r\n', 'bad-start-line', 400],
  ['a request line that ends with LF alone', 'GET / HTTP/1.1\n', 'bad-start-line', 400],
  ['a request line that ends with CR alone', 'GET / HTTP/1.1\rH', 'bad-start-line', 400],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\n', 'bad-version', 505],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'bad-version', 505],
  ['a space before the colon', 'GET / HTTP/1.1\r\nContent-Length : 1\r\n', 'bad-header', 400],
  ['a space in a name', 'GET / HTTP/1.1\r\nX Y: 1\r\n', 'bad-header', 400],
  ['an empty name', 'GET / HTTP/1.1\r\n: 1\r\n', 'bad-header', 400],
  ['a line without a colon', 'GET / HTTP/1.1\r\nX\r\n', 'bad-header', 400],
  ['a folded line', 'GET / HTTP/1.1\r\nX: 1\r\n 2\r\n', 'bad-header', 400],
  ['a space at the start of the first header', 'GET / HTTP/1.1\r\n X: 1\r\n', 'bad-header', 400],
  ['LF alone behind a value', 'GET / HTTP/1.1\r\nX: 1\nY: 2\r\n', 'bad-header', 400],
  ['CR alone in a value', 'GET / HTTP/1.1\r\nX: 1\rY: 2\r\n', 'bad-header', 400],
  ['CR and a space behind a value', 'GET / HTTP/1.1\r\nX: 1\r Y: 2\r\n\r\n', 'bad-header', 400],
  ['CR alone as the last line', 'GET / HTTP/1.1\r\nX: 1\r\n\rG', 'bad-header', 400],
  ['NUL in a value', 'GET / HTTP/1.1\r\nX: 1\0\r\n', 'bad-header', 400],
  ['DEL in a value', 'GET / HTTP/1.1\r\nX: 1\x7f\r\n', 'bad-header', 400],
  ['LF alone as the last line', 'GET / HTTP/1.1\r\nX: 1\r\n\n', 'bad-header', 400],
  ['an octet above 127 in a name', 'GET / HTTP/1.1\r\nX\xfc: 1\r\n', 'bad-header', 400],
];
for (const [what, wire, code, status] of REFUSED) {
  test(`${what} is refused with ${status}, as soon as it is seen`, () => {
    const recording = recordRequests(wire);
    assert.deepEqual([errorOf(recording)?.code, errorOf(recording)?.status, typesOf(recording), recording.state], [code, status, 'error', 'failed']);
  });
}

test('after an error nothing more is taken and nothing more is called', () => {
  const recording = recordRequests('GET / HTTP/1.1\r\n\r\nbad\rGET / HTTP/1.1\r\n\r\n', { fin: true });
  assert.equal(typesOf(recording), 'head end error');
  assert.equal(recording.consumed, 'GET / HTTP/1.1\r\n\r\nbad'.length);
});

test('an upgrade is told only when Connection names it, and never for HTTP/1.0', () => {
  const upgrade = (line: string, headers: string): string | undefined => headOf(recordRequests(`${line}\r\n${headers}\r\n`)).upgrade;

  assert.equal(upgrade('GET / HTTP/1.1', 'Connection: keep-alive, UPGRADE\r\nUpgrade: websocket\r\n'), 'websocket');
  assert.equal(upgrade('GET / HTTP/1.1', 'Upgrade: websocket\r\n'), undefined);
  assert.equal(upgrade('GET / HTTP/1.1', 'Connection: xupgrade\r\nUpgrade: websocket\r\n'), undefined);
  assert.equal(upgrade('GET / HTTP/1.0', 'Connection: upgrade\r\nUpgrade: websocket\r\n'), undefined);
});

test('Expect: 100-continue is told in any case, and never for HTTP/1.0', () => {
  assert.equal(headOf(recordRequests('POST / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n')).expectContinue, true);
  assert.equal(headOf(recordRequests('POST / HTTP/1.1\r\nExpect: 200-ok\r\n\r\n')).expectContinue, false);
  assert.equal(headOf(recordRequests('POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n')).expectContinue, false);
});

test('a head that lies in one chunk is a view of it, also between other messages', () => {
  const chunk = octets('GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nX: y\r\n\r\nGET /3 HTTP/1.1\r\n\r\n');
  const views: { readonly isView: boolean; readonly at: number }[] = [];
  const framer = createRequestFramer({
    onHead: ({ wire }) => views.push({ isView: wire.buffer === chunk.buffer, at: wire.byteOffset }),
    onBody: () => {},
    onMessageEnd: () => {},
    onError: () => {},
  });

  framer.push(chunk);

  assert.deepEqual(views, [
    { isView: true, at: 0 },
    { isView: true, at: 19 },
    { isView: true, at: 44 },
  ]);
});

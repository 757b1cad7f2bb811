import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, errorOf, headOf, recordRequests, recordResponses, typesOf } from './recorder.ts';

const REQUESTS: readonly (readonly [claim: string, head: string, framing: string, body: string])[] = [
  ['without a length a request has no body', 'POST / HTTP/1.1', 'none', ''],
  ['Content-Length is the length of the body', 'POST / HTTP/1.1\r\nContent-Length: 3', 'length', 'abc'],
  ['a length may have leading zeros and white space around it', 'PUT / HTTP/1.1\r\ncontent-length: \t003 \t', 'length', 'abc'],
  ['a GET may have a body', 'GET / HTTP/1.1\r\nContent-Length: 3', 'length', 'abc'],
  ['Transfer-Encoding: chunked, in any case', 'POST / HTTP/1.1\r\ntransfer-encoding: CHUNKED', 'chunked', '3\r\nabc\r\n0\r\n\r\n'],
  ['a CONNECT has a body by the same rules', 'CONNECT a:1 HTTP/1.1\r\nContent-Length: 3', 'length', 'abc'],
];
for (const [claim, head, framing, body] of REQUESTS) {
  test(claim, () => {
    const recording = recordRequests(`${head}\r\n\r\n${body}GET /next HTTP/1.1\r\n\r\n`);

    assert.equal(headOf(recording).framing, framing);
    assert.equal(headOf(recording).contentLength, framing === 'length' ? 3 : undefined);
    assert.equal(bodyOf(recording), body);
    assert.equal(typesOf(recording), body === '' ? 'head end head end' : 'head body end head end');
  });
}

const REFUSED_REQUESTS: readonly (readonly [headers: string, code: string, status: number])[] = [
  ['Content-Length: 3\r\nTransfer-Encoding: chunked', 'conflicting-length', 400],
  ['Transfer-Encoding: chunked\r\nContent-Length: 3', 'conflicting-length', 400],
  ['Content-Length: 3\r\nContent-Length: 4', 'conflicting-length', 400],
  ['Content-Length: 3\r\nContent-Length: 3', 'conflicting-length', 400],
  ['Content-Length: 3, 3', 'bad-content-length', 400],
  ['Content-Length: +3', 'bad-content-length', 400],
  ['Content-Length: -3', 'bad-content-length', 400],
  ['Content-Length: 3 3', 'bad-content-length', 400],
  ['Content-Length: 0x3', 'bad-content-length', 400],
  ['Content-Length: 3.0', 'bad-content-length', 400],
  ['Content-Length:', 'bad-content-length', 400],
  ['Content-Length: 9007199254740993', 'bad-content-length', 400],
  ['Transfer-Encoding: gzip, chunked', 'bad-transfer-encoding', 501],
  ['Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked', 'bad-transfer-encoding', 501],
  ['Transfer-Encoding: xchunked', 'bad-transfer-encoding', 501],
  ['Transfer-Encoding: chunked;q=1', 'bad-transfer-encoding', 501],
  ['Transfer-Encoding: identity', 'bad-transfer-encoding', 400],
  ['Transfer-Encoding: chunked, identity', 'bad-transfer-encoding', 400],
  ['Transfer-Encoding: chunked, chunked', 'bad-transfer-encoding', 400],
  ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'bad-transfer-encoding', 400],
  ['Transfer-Encoding: chunked,', 'bad-transfer-encoding', 400],
  ['Transfer-Encoding:', 'bad-transfer-encoding', 400],
];
for (const [headers, code, status] of REFUSED_REQUESTS) {
  test(`a request with ${JSON.stringify(headers)} is refused with ${status} and not told as a message`, () => {
    const recording = recordRequests(`POST / HTTP/1.1\r\n${headers}\r\n\r\n0\r\n\r\n`);

    assert.equal(typesOf(recording), 'error');
    assert.deepEqual([errorOf(recording)?.code, errorOf(recording)?.status], [code, status]);
  });
}

test('a chunked HTTP/1.0 request is refused: the next hop may not know the coding', () => {
  assert.equal(errorOf(recordRequests('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'))?.code, 'bad-transfer-encoding');
});

interface ResponseCase {
  readonly asked?: string;
  readonly line?: string;
  readonly headers: string;
  readonly framing: string;
  readonly body?: string;
}
const RESPONSES: Readonly<Record<string, ResponseCase>> = {
  'Content-Length frames a response': { headers: 'Content-Length: 3\r\n', framing: 'length', body: 'abc' },
  'chunked frames a response': { headers: 'Transfer-Encoding: chunked\r\n', framing: 'chunked', body: '3\r\nabc\r\n0\r\n\r\n' },
  'chunked behind another coding frames a response': {
    headers: 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n',
    framing: 'chunked',
    body: '0\r\n\r\n',
  },
  'without either a response lasts until the connection ends': { headers: '', framing: 'until-close', body: 'abc\r\n\r\nHTTP/1.1' },
  'a last coding that is not chunked lasts until the connection ends': {
    headers: 'Transfer-Encoding: chunked, gzip\r\n',
    framing: 'until-close',
    body: 'abc',
  },
  'a response to HEAD has no body whatever its length': { asked: 'HEAD', headers: 'Content-Length: 3\r\n', framing: 'none' },
  'a response to HEAD has no body though chunked': { asked: 'HEAD', headers: 'Transfer-Encoding: chunked\r\n', framing: 'none' },
  'a response to HEAD has no body without a length': { asked: 'HEAD', headers: '', framing: 'none' },
  '204 has no body': { line: 'HTTP/1.1 204 No Content', headers: 'Content-Length: 3\r\n', framing: 'none' },
  '304 has no body': { line: 'HTTP/1.1 304 Not Modified', headers: 'Transfer-Encoding: chunked\r\n', framing: 'none' },
  '205 has a body by its length': { line: 'HTTP/1.1 205 Reset Content', headers: 'Content-Length: 3\r\n', framing: 'length', body: 'abc' },
  'a refused CONNECT has a body by its length': {
    asked: 'CONNECT',
    line: 'HTTP/1.1 403 Forbidden',
    headers: 'Content-Length: 3\r\n',
    framing: 'length',
    body: 'abc',
  },
};
for (const [claim, { asked = 'GET', line = 'HTTP/1.1 200 OK', headers, framing, body = '' }] of Object.entries(RESPONSES)) {
  test(claim, () => {
    const recording = recordResponses(`${line}\r\n${headers}\r\n${body}`, { asked: [asked], fin: framing === 'until-close' });

    assert.equal(headOf(recording).framing, framing);
    assert.equal(bodyOf(recording), body);
    assert.equal(typesOf(recording), body === '' ? 'head end' : 'head body end');
  });
}

test('methods are matched to responses in their order, over interim responses', () => {
  const wire = [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
  ].join('');
  assert.equal(typesOf(recordResponses(wire, { asked: ['HEAD', 'GET', 'HEAD'] })), 'interim head end head body end head end');
});

for (const headers of [
  'Content-Length: 3\r\nTransfer-Encoding: chunked',
  'Content-Length: 3\r\nContent-Length: 3',
  'Content-Length: x',
  'Transfer-Encoding:',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: chunked;q=1',
]) {
  test(`a response with ${JSON.stringify(headers)} is a 502, also where it would have no body`, () => {
    for (const asked of ['GET', 'HEAD'])
      assert.equal(errorOf(recordResponses(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n`, { asked: [asked] }))?.status, 502);
  });
}

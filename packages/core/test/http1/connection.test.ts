import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestFramer, createResponseFramer } from '@spotproof/core/http1';
import { bodyOf, errorOf, headOf, octets, recordRequests, recordResponses, typesOf } from './recorder.ts';

const KEEP_ALIVE: readonly (readonly [line: string, connection: string, keepAlive: boolean])[] = [
  ['GET / HTTP/1.1', '', true],
  ['GET / HTTP/1.1', 'Connection: Close\r\n', false],
  ['GET / HTTP/1.1', 'Connection: keep-alive,\t close \r\n', false],
  ['GET / HTTP/1.1', 'Connection: x\r\nConnection: close\r\n', false],
  ['GET / HTTP/1.1', 'Connection: close\r\nConnection: x\r\n', false],
  ['GET / HTTP/1.1', 'Connection: xclose\r\n', true],
  ['GET / HTTP/1.1', 'Connection: close x\r\n', true],
  ['GET / HTTP/1.1', 'Proxy-Connection: close\r\n', true],
  ['GET / HTTP/1.0', '', false],
  ['GET / HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
  ['GET / HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
];
for (const [line, connection, keepAlive] of KEEP_ALIVE) {
  test(`"${line}" with ${JSON.stringify(connection)} ${keepAlive ? 'keeps' : 'ends'} the connection`, () => {
    const recording = recordRequests(`${line}\r\n${connection}\r\n\r\nGET /next HTTP/1.1\r\n\r\n`);

    assert.equal(headOf(recording).keepAlive, keepAlive);
    // RFC 9112 section 9.6: what follows the last request of a connection must not be processed.
    assert.equal(typesOf(recording), keepAlive ? 'head end head end' : 'head end error');
    assert.equal(errorOf(recording)?.code, keepAlive ? undefined : 'unexpected-message');
  });
}

test('a response keeps the connection only when its end is known without closing it', () => {
  const keepsAlive = (wire: string): boolean => headOf(recordResponses(wire)).keepAlive;

  assert.equal(keepsAlive('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n'), true);
  assert.equal(keepsAlive('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n'), true);
  assert.equal(keepsAlive('HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n'), false);
  assert.equal(keepsAlive('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n'), false);
  assert.equal(keepsAlive('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n'), false);
});

test('a paused framer leaves the next message to the caller, and goes on where it stopped', () => {
  const first = 'POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc';
  const second = 'GET /2 HTTP/1.1\r\n\r\n';
  const chunk = octets(`${first}${second}`);
  const targets: string[] = [];
  const framer = createRequestFramer({
    onHead: ({ target }) => targets.push(target),
    onBody: () => {},
    onMessageEnd: () => framer.pause(),
    onError: (error) => assert.fail(error.message),
  });

  const taken = framer.push(chunk);
  assert.equal(taken, first.length);
  assert.equal(framer.push(chunk.subarray(taken)), 0);
  framer.end();
  assert.deepEqual([targets, framer.state], [['/1'], 'idle']);

  framer.resume();
  assert.equal(framer.push(chunk.subarray(taken)), second.length);
  assert.deepEqual(targets, ['/1', '/2']);
});

test('a framer paused in the middle of a message stops at its end', () => {
  const ends: number[] = [];
  const framer = createRequestFramer({ onHead: () => framer.pause(), onBody: () => {}, onMessageEnd: () => ends.push(1), onError: () => {} });

  const message = 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab';

  assert.equal(framer.push(octets(message + message)), message.length);
  assert.equal(ends.length, 1);
});

for (const [what, asked, head] of [
  ['101', 'GET', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['a 2xx to CONNECT', 'CONNECT', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
] as const) {
  test(`after ${what} the octets are opaque and left to the caller, without a message end`, () => {
    const recording = recordResponses(`${head}\x00opaque`, { asked: [asked], fin: true });

    assert.equal(headOf(recording).framing, 'tunnel');
    assert.deepEqual([typesOf(recording), recording.consumed, recording.state], ['head', head.length, 'tunnel']);
  });
}

test('FIN between messages is nothing, wherever between', () => {
  for (const wire of ['', '\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n\r\n']) {
    assert.equal(errorOf(recordRequests(wire, { fin: true })), undefined);
  }
  assert.equal(errorOf(recordResponses('HTTP/1.1 100 Continue\r\n\r\n', { fin: true })), undefined);
});

test('FIN in the middle of a message is an error that names the part', () => {
  assert.equal(errorOf(recordRequests('G', { fin: true }))?.code, 'ended-in-head');
  assert.equal(errorOf(recordRequests('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab', { fin: true }))?.code, 'ended-in-body');
  assert.equal(errorOf(recordRequests('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', { fin: true }))?.code, 'ended-in-body');
  assert.equal(errorOf(recordResponses('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', { fin: true }))?.code, 'ended-in-body');
});

test('FIN completes a body that lasts until the connection ends, once, and nothing may follow', () => {
  const events: string[] = [];
  const framer = createResponseFramer({
    onHead: () => events.push('head'),
    onBody: () => events.push('body'),
    onMessageEnd: () => events.push('end'),
    onError: (error) => events.push(error.code),
  });
  framer.expect('GET');
  framer.expect('GET');

  framer.push(octets('HTTP/1.1 200 OK\r\n\r\nabc'));
  framer.end();
  framer.end();
  framer.push(octets('HTTP/1.1 200 OK\r\n\r\n'));

  assert.deepEqual(events, ['head', 'body', 'end', 'unexpected-message']);
});

test('the state says what is awaited', () => {
  const framer = createRequestFramer({ onHead: () => {}, onBody: () => {}, onMessageEnd: () => {}, onError: () => {} });
  const states = ['\r\n', 'G', 'ET / HTTP/1.1\r\nContent-Length: 2\r\n\r', '\n', 'a', 'b', ' '].map((text) => {
    framer.push(octets(text));
    return framer.state;
  });
  assert.deepEqual(states, ['idle', 'head', 'head', 'body', 'body', 'idle', 'failed']);
});

test('a response error that comes after a whole message leaves that message whole', () => {
  const recording = recordResponses('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokTOO MUCH', { asked: ['GET'] });
  assert.equal(typesOf(recording), 'head body end error');
  assert.equal(bodyOf(recording), 'ok');
});

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSpotproofError } from '@spotproof/core';
import { checkProtocols } from '../../src/load/check-protocols.ts';
import { EventStreamParser } from '../../src/load/event-stream-parser.ts';
import { judgeCall } from '../../src/load/grpc-check.ts';
import { frameMessage, MessageCounter } from '../../src/load/grpc-messages.ts';
import { parseRequestsFile } from '../../src/load/requests-file.ts';
import { judgeClose } from '../../src/load/web-socket-close.ts';
import { requestSpec } from './load-process.ts';

const close = { code: 1012, byClient: false, outstandingMs: [], how: 'fin' } as const;

for (const [facts, outcome, ending] of [
  [{}, 'answered', 'told-to-reconnect'],
  [{ code: 1001 }, 'answered', 'told-to-reconnect'],
  [{ code: 1000 }, 'answered', 'by-server'],
  [{ code: 1005 }, 'answered', 'by-server'],
  [{ code: 1011 }, 'bad-close', 'by-server'],
  [{ code: 1006 }, 'truncated-fin', 'cut'],
  [{ code: 1006, how: 'rst' }, 'truncated-rst', 'cut'],
  [{ outstandingMs: [40] }, 'answered', 'told-to-reconnect'],
  [{ outstandingMs: [40, 1500] }, 'unanswered-message', 'told-to-reconnect'],
  [{ code: 1000, byClient: true }, 'answered', 'by-client'],
] as const) {
  test(`a WebSocket that ends with ${JSON.stringify(facts)} is ${outcome}, ${ending}`, () => {
    const judgement = judgeClose({ ...close, ...facts });

    assert.deepEqual([judgement.outcome, judgement.ending], [outcome, ending]);
  });
}

test('events are the same however the stream is cut into pieces', () => {
  const stream = 'retry: 500\n\n: a comment\r\nid: 1\r\ndata: one\r\n\r\ndata:two\ndata: lines\nid: 2\n\nevent: x\ndata: three\n\ndata: not complete';
  const whole = parse([stream]);

  assert.deepEqual(whole, {
    events: [
      { id: '1', data: 'one' },
      { id: '2', data: 'two\nlines' },
      { id: '2', data: 'three' },
    ],
    retries: [500],
  });
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      assert.deepEqual(parse(places.slice(1).map((end, index) => stream.slice(places[index], end))), whole);
    }),
  );
});

test('gRPC messages are counted the same however they are cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (messages, size) => {
      const wire = Buffer.concat(messages.map(frameMessage));
      const counter = new MessageCounter();
      for (let at = 0; at < wire.length; at += size) counter.push(wire.subarray(at, at + size));
      assert.deepEqual([counter.messages, counter.isInMessage], [messages.length, false]);
    }),
  );
});

for (const [answer, outcome] of [
  [{}, 'answered'],
  [{ httpStatus: 503 }, 'bad-status'],
  [{ grpcStatus: 14 }, 'bad-status'],
  [{ grpcStatus: undefined }, 'garbage'],
  [{ messages: 0 }, 'wrong-body'],
] as const) {
  test(`a gRPC answer with ${JSON.stringify(answer)} is ${outcome}`, () => {
    const spec = { message: '', status: [0], messages: [1, 1] as const };

    assert.equal(judgeCall(spec, { httpStatus: 200, grpcStatus: 0, grpcMessage: undefined, messages: 1, ...answer }).outcome, outcome);
  });
}

test('an entry of the requests file says what it is by one field', () => {
  const [socket, stream, call] = parseRequestsFile(
    JSON.stringify([
      { path: '/chat', websocket: { everyMs: [100, 300], expectEcho: true } },
      { path: '/events', sse: { keepMs: 5000, consecutiveIds: true } },
      { path: '/shop.Orders/Get', grpc: { message: { hex: '0a0161' }, status: [0, 5], messages: 1 } },
    ]),
  );

  assert.deepEqual([socket?.name, socket?.method, socket?.timeoutMs], ['WebSocket /chat', 'GET', 10_000]);
  assert.deepEqual(socket?.websocket, {
    keepMs: [60_000, 60_000],
    everyMs: [100, 300],
    message: 'message {n}',
    expectEcho: true,
    reconnectMs: [100, 1000],
  });
  assert.deepEqual([stream?.name, stream?.eventStream], ['SSE /events', { keepMs: [5000, 5000], consecutiveIds: true }]);
  assert.deepEqual([call?.name, call?.method, call?.grpc], ['gRPC /shop.Orders/Get', 'POST', { message: 'CgFh', status: [0, 5], messages: [1, 1] }]);
});

for (const [entry, message] of [
  [{ path: '/', websocket: {}, sse: {} }, /no more than one of websocket, sse, grpc/],
  [{ path: '/', websocket: {}, body: 'x' }, /no "body" beside "websocket"/],
  [{ path: '/', websocket: { every: 5 } }, /Write "everyMs"/],
  [{ path: '/', grpc: { message: { hex: 'abc' } } }, /two hex digits/],
  [{ path: '/', grpc: { status: 17 } }, /0 to 16/],
  [{ path: '/', sse: { keepMs: 0 } }, /from 1 to 3600000/],
] as const) {
  test(`the entry ${JSON.stringify(entry)} is refused with what to write instead`, () => {
    assert.throws(
      () => parseRequestsFile(JSON.stringify([entry])),
      (error) => isSpotproofError(error) && message.test(error.message),
    );
  });
}

test('an entry that the listener or the target group cannot serve is refused before anything runs', () => {
  const grpc = requestSpec({ grpc: { message: '', status: [0], messages: undefined } });
  const eventStream = requestSpec({ eventStream: { keepMs: [1, 1], consecutiveIds: false } });

  for (const refused of [
    () => checkProtocols(grpc, 'http'),
    () => checkProtocols(grpc, 'https', 'http1'),
    () => checkProtocols(eventStream, 'h2c'),
    () => checkProtocols(eventStream, 'https', 'http2'),
  ])
    assert.throws(refused, (error) => isSpotproofError(error) && error.code === 'SPOTPROOF_CONFIG_INVALID');
  checkProtocols(grpc, 'h2c', 'grpc');
  checkProtocols(eventStream, 'https', 'http1');
});

function parse(pieces: readonly string[]): { readonly events: unknown[]; readonly retries: number[] } {
  const events: unknown[] = [];
  const retries: number[] = [];
  const parser = new EventStreamParser({ onEvent: (event) => events.push(event), onRetry: (retryMs) => retries.push(retryMs) });
  for (const piece of pieces) parser.push(piece);
  return { events, retries };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { createRequestFramer, createResponseFramer } from '@spotproof/core/http1';
import { errorOf, recordRequests, recordResponses, typesOf } from './recorder.ts';

const x = (count: number): string => 'x'.repeat(count);

test('a request line may have exactly its limit, and one octet more is a 414', () => {
  const fixed = 'GET / HTTP/1.1'.length;
  assert.equal(errorOf(recordRequests(`GET /${x(64 - fixed)} HTTP/1.1\r\n\r\n`, { maxLineOctets: 64 })), undefined);
  assert.deepEqual(pick(recordRequests(`GET /${x(65 - fixed)} HTTP/1.1\r\n\r\n`, { maxLineOctets: 64 })), ['target-too-long', 414]);
});

test('a header line may have exactly its limit, and one octet more is a 431', () => {
  assert.equal(errorOf(recordRequests(`GET / HTTP/1.1\r\nA: ${x(61)}\r\nB: ${x(61)}\r\n\r\n`, { maxHeaderOctets: 64 })), undefined);
  assert.deepEqual(pick(recordRequests(`GET / HTTP/1.1\r\nA: ${x(62)}\r\n\r\n`, { maxHeaderOctets: 64 })), ['head-too-large', 431]);
});

test('a head may have exactly its limit, and one octet more is a 431', () => {
  const head = (total: number): string => `GET / HTTP/1.1\r\nA: ${x(total - 23)}\r\n\r\n`;
  assert.equal(head(64).length, 64);
  assert.equal(errorOf(recordRequests(head(64), { maxHeadOctets: 64 })), undefined);
  assert.deepEqual(pick(recordRequests(head(65), { maxHeadOctets: 64 })), ['head-too-large', 431]);
});

test('the limit of a head does not count what follows it', () => {
  const recording = recordRequests(`POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n${x(500)}GET / HTTP/1.1\r\n\r\n`, { maxHeadOctets: 64 });
  assert.equal(typesOf(recording), 'head body end head end');
});

test('an endless line is refused at its limit, not at its end', () => {
  assert.equal(errorOf(recordRequests(`GET /${x(100)}`, { maxLineOctets: 64 }))?.code, 'target-too-long');
  assert.equal(errorOf(recordRequests(`GET / HTTP/1.1\r\nA: ${x(100)}`, { maxHeaderOctets: 64 }))?.code, 'head-too-large');
});

test('an endless reason is a 502', () => {
  assert.deepEqual(pick(recordResponses(`HTTP/1.1 200 ${x(100)}`, { maxLineOctets: 64 })), ['bad-start-line', 502]);
});

const CHUNKED = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';

test('a chunk size line may have exactly its limit, and one octet more is refused', () => {
  assert.equal(errorOf(recordRequests(`${CHUNKED}1;${x(62)}\r\na\r\n${'0'.repeat(64)}\r\n\r\n`, { maxLineOctets: 64 })), undefined);
  assert.equal(errorOf(recordRequests(`${CHUNKED}1;${x(63)}`, { maxLineOctets: 64 }))?.code, 'bad-chunk');
  assert.equal(errorOf(recordRequests(`${CHUNKED}${'0'.repeat(65)}`, { maxLineOctets: 64 }))?.code, 'bad-chunk');
});

test('trailers have the limits of a head', () => {
  assert.equal(errorOf(recordRequests(`${CHUNKED}0\r\nA: ${x(100)}\r\n\r\n`, { maxHeaderOctets: 64 }))?.code, 'head-too-large');
  assert.equal(errorOf(recordRequests(`${CHUNKED}0\r\n${'A: b\r\n'.repeat(20)}\r\n`, { maxHeadOctets: 64 }))?.code, 'head-too-large');
});

test('by default a request head may have 64 KiB and a response head 32 KiB, in lines of 16 KiB', () => {
  const headers = (count: number): string => `A: ${x(8000)}\r\n`.repeat(count);
  assert.equal(errorOf(recordRequests(`GET / HTTP/1.1\r\n${headers(8)}\r\n`)), undefined);
  assert.equal(errorOf(recordRequests(`GET / HTTP/1.1\r\n${headers(9)}\r\n`))?.code, 'head-too-large');
  assert.equal(errorOf(recordResponses(`HTTP/1.1 204 No Content\r\n${headers(4)}\r\n`)), undefined);
  assert.equal(errorOf(recordResponses(`HTTP/1.1 204 No Content\r\n${headers(5)}\r\n`))?.code, 'head-too-large');
  assert.equal(errorOf(recordRequests(`GET /${x(16_384)} HTTP/1.1\r\n\r\n`))?.code, 'target-too-long');
});

test('a limit that cannot be meant is refused by name', () => {
  const handler = { onHead: () => {}, onBody: () => {}, onMessageEnd: () => {}, onError: () => {} };
  for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const option of ['maxLineOctets', 'maxHeaderOctets', 'maxHeadOctets']) {
      for (const create of [createRequestFramer, createResponseFramer]) {
        assert.throws(
          () => create(handler, { [option]: bad }),
          (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.startsWith(option),
        );
      }
    }
  }
});

function pick(recording: Parameters<typeof errorOf>[0]): readonly unknown[] {
  const error = errorOf(recording);
  return [error?.code, error?.status];
}

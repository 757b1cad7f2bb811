import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import type { LifecycleEvents } from '@spotproof/runtime';
import { eventStreams, type EventStream } from '@spotproof/runtime/sse';

test('an event is written field by field, and each line of its data is a field of its own', async () => {
  const { body } = await received((stream) => {
    stream.send({ event: 'order', id: '7', data: 'one\ntwo\r\nthree\rfour' });
    stream.comment('still\nhere');
    stream.end();
  });

  assert.equal(body, 'retry: 2000\n\nevent: order\nid: 7\ndata: one\ndata: two\ndata: three\ndata: four\n\n: still\n: here\n\n');
});

test('a line break in an id or a type is refused, since it would begin a field of whoever wrote it', async () => {
  await received((stream) => {
    assert.throws(() => stream.send({ data: '', id: '7\ndata: forged' }), { code: 'SPOTPROOF_MISUSE' });
    assert.throws(() => stream.send({ data: '', event: 'a\rb' }), { code: 'SPOTPROOF_MISUSE' });
    stream.end();
  });
});

test('nothing is sent after the end, and the end is told once', async () => {
  let sent: boolean | undefined;
  const { body, stream } = await received((stream) => {
    stream.end();
    stream.end();
    sent = stream.send({ data: 'late' });
  });

  assert.equal(sent, false);
  assert.equal(body, 'retry: 2000\n\n');
  assert.equal(stream.closed.aborted, true);
});

test('headers that were set before are kept, and nothing on the way may hold events back', async () => {
  const { response } = await received((stream) => stream.end());

  assert.equal(response.headers['x-mine'], 'yes');
  assert.equal(response.headers['cache-control'], 'no-store, no-transform');
  assert.equal(response.headers['x-accel-buffering'], 'no');
});

test('an option that cannot be meant is refused by name', () => {
  assert.throws(() => eventStreams(LIFE, { retryMs: -1 }), { code: 'SPOTPROOF_CONFIG_INVALID', message: /^retryMs must be/ });
  assert.throws(() => eventStreams(LIFE, { spreadMs: Number.NaN }), { code: 'SPOTPROOF_CONFIG_INVALID', message: /^spreadMs must be/ });
});

/** One that nobody ends. */
const LIFE = { events: new EventEmitter<LifecycleEvents>(), phase: 'serving', stop: new AbortController().signal } as const;

async function received(
  serve: (stream: EventStream) => void,
): Promise<{ readonly body: string; readonly response: IncomingMessage; readonly stream: EventStream }> {
  const streams = eventStreams(LIFE);
  let opened: EventStream | undefined;
  const server = createServer((_request, response) => {
    response.setHeader('x-mine', 'yes');
    opened = streams.open(response);
    serve(opened);
  });
  try {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent: false }, resolve).once('error', reject);
    });
    const body = await text(response);
    assert.ok(opened);
    if (!opened.closed.aborted) await new Promise((resolve) => opened?.closed.addEventListener('abort', resolve, { once: true }));
    assert.equal(streams.size, 0);
    return { body, response, stream: opened };
  } finally {
    server.close();
  }
}

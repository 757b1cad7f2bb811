import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { LiveEvent } from '../../src/live/events.ts';
import { LiveServer, type LiveServerOptions } from '../../src/live/live-server.ts';
import type { LiveState } from '../../src/live/state.ts';
import { SseReader } from './sse-reader.ts';

describe('the server of the live page', () => {
  test('a page that joins late gets the whole story, and then what happens, in order', async (t) => {
    const live = await serve(t);
    for (const number of [1, 2, 3]) live.publish(note(number));
    await using page = await SseReader.open(live.url);
    await page.until('three events are there', () => page.events.length === 3);

    live.publish(note(4));
    await page.until('the fourth is there', () => page.events.length === 4);

    assert.equal(page.greeting, 'retry: 1000');
    assert.equal(page.response.headers['content-type'], 'text/event-stream');
    assert.deepEqual(
      page.messages.map(({ event }) => event),
      ['snapshot', 'message', 'message', 'message', 'message'],
    );
    assert.deepEqual(
      page.events.map(({ text }) => text),
      ['note 1', 'note 2', 'note 3', 'note 4'],
    );
  });

  test('a page that comes back gets what it missed, nothing twice and no snapshot', async (t) => {
    const live = await serve(t);
    for (const number of [1, 2, 3]) live.publish(note(number));
    const first = await SseReader.open(live.url);
    await first.until('three events are there', () => first.events.length === 3);
    const lastId = first.messages[2]?.id;
    await first[Symbol.asyncDispose]();

    live.publish(note(4));
    await using again = await SseReader.open(live.url, { headers: { 'last-event-id': lastId ?? '' } });
    await again.until('two events are there', () => again.messages.length === 2);

    assert.deepEqual(
      again.messages.map(({ event, data }) => [event, JSON.parse(data).text]),
      [
        ['message', 'note 3'],
        ['message', 'note 4'],
      ],
    );
  });

  test('a page of an earlier lab on the same port gets the new story from its begin', async (t) => {
    const live = await serve(t);
    live.publish(note(1));

    await using page = await SseReader.open(live.url, { headers: { 'last-event-id': 'ffffffffffff-1' } });
    await page.until('the event is there', () => page.events.length === 1);

    assert.equal(page.messages[0]?.event, 'snapshot');
  });

  test('what is too old to be kept comes as a part of the first snapshot', async (t) => {
    const live = await serve(t, { mostEvents: 10 });
    live.publish({ type: 'task', at: 1, taskId: 'task-1', change: { kind: 'state', state: 'RUNNING' } });
    for (let number = 1; number <= 30; number++) live.publish(note(number));

    await using page = await SseReader.open(live.url);
    await page.until('the newest event is there', () => page.events.at(-1)?.['text'] === 'note 30');

    const { state } = JSON.parse(page.messages[0]?.data ?? '') as { readonly state: LiveState };
    assert.equal(state.tasks[0]?.state, 'RUNNING');
    assert.equal(state.lineCount + page.events.length, 31);
  });

  test('a page that does not read gets one snapshot instead of what it missed, and keeps nobody waiting', async (t) => {
    const live = await serve(t, { mostBehind: 20 });
    await using slow = await SseReader.open(live.url, { paused: true });
    await using quick = await SseReader.open(live.url);
    // More than all the buffers between the two processes' sockets hold.
    const count = 1600;
    for (let number = 1; number <= count; number++) {
      live.publish(bulky(number));
      if (number % 20 === 0) await setImmediate();
    }
    await quick.until('the quick page has all', () => quick.messages.at(-1)?.id?.endsWith(`-${count}`) === true);

    slow.read();
    await slow.until('the slow page is up to date', () => slow.messages.at(-1)?.id?.endsWith(`-${count}`) === true);

    assert.equal(quick.events.length + snapshots(quick).length, count + 1, 'the quick page missed nothing');
    assert.equal(snapshots(slow).length, 2);
    assert.ok(slow.events.length < count / 2 + count / 4, `${slow.events.length} of ${count} events`);
    const { state } = JSON.parse(snapshots(slow)[1]?.data ?? '') as { readonly state: LiveState };
    assert.equal(state.controller[0]?.decisions, count);
  });

  test('another name than one of this machine is refused, so that no page elsewhere can read it', async (t) => {
    const live = await serve(t);

    for (const path of ['/', '/events']) {
      assert.equal((await ask(live, path, { host: `evil.example:${live.port}` })).statusCode, 403, path);
      assert.equal((await ask(live, path, { host: '10.1.2.3' })).statusCode, 403, path);
    }
    assert.equal((await ask(live, '/', { host: `localhost:${live.port}` })).statusCode, 200);
  });

  test('it listens on 127.0.0.1 and nowhere else', async (t) => {
    const live = await serve(t);

    const outcome = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: live.port, timeout: 2000 });
      socket
        .once('connect', () => resolve('connected'))
        .once('error', () => resolve('refused'))
        .once('timeout', () => resolve('refused'));
      t.after(() => socket.destroy());
    });

    assert.equal(outcome, 'refused');
    assert.equal(live.url, `http://127.0.0.1:${live.port}/`);
  });

  test('it only shows: other methods and other paths get nothing', async (t) => {
    const live = await serve(t);

    assert.equal((await ask(live, '/', {}, 'POST')).statusCode, 405);
    assert.equal((await ask(live, '/events', {}, 'DELETE')).statusCode, 405);
    assert.equal((await ask(live, '/../../etc/passwd', {})).statusCode, 404);
    const page = await ask(live, '/', {}, 'HEAD');
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    assert.equal(page.headers['access-control-allow-origin'], undefined);
  });

  test('a connection without news carries heartbeats', async (t) => {
    const live = await serve(t, { heartbeatMs: 20 });
    await using page = await SseReader.open(live.url);

    await page.until('two heartbeats came', () => page.comments >= 2);

    assert.equal(page.events.length, 0);
  });

  test('at the end every page is told so, also one that does not read is no reason to stay', async (t) => {
    const live = await serve(t);
    await using stuck = await SseReader.open(live.url, { paused: true });
    await using page = await SseReader.open(live.url);
    for (let number = 1; number <= 1600; number++) {
      live.publish(bulky(number));
      if (number % 20 === 0) await setImmediate();
    }

    await live.close(200);

    await page.until('the stream has ended', () => page.isEnded);
    assert.equal(page.messages.at(-1)?.event, 'done');
    assert.equal(page.messages.at(-2)?.id?.endsWith('-1600'), true);
    assert.equal(stuck.isEnded, false);
    await assert.rejects(ask(live, '/', {}));
  });

  test('more pages than it has room for are told so', async (t) => {
    const live = await serve(t);
    const pages = await Promise.all(Array.from({ length: 16 }, () => SseReader.open(live.url)));
    t.after(() => Promise.all(pages.map((page) => page[Symbol.asyncDispose]())));

    const answer = await ask(live, '/events', {});

    assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '5']);
  });
});

async function serve(t: TestContext, options: Partial<LiveServerOptions> = {}): Promise<LiveServer> {
  const live = await LiveServer.open({ port: 0, ...options });
  t.after(() => live.close(0));
  return live;
}

function note(number: number): LiveEvent {
  return { type: 'note', at: number, text: `note ${number}` };
}

/** 20 kB, of which a state keeps next to nothing. */
function bulky(number: number): LiveEvent {
  return { type: 'controller', at: number, decision: { type: 'skip', unit: 'shop', padding: PADDING } };
}

const PADDING = 'x'.repeat(20_000);

function snapshots(page: SseReader): readonly { readonly data: string }[] {
  return page.messages.filter(({ event }) => event === 'snapshot');
}

function ask(live: LiveServer, path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: live.port, path, method, headers, agent: false }, (response) => {
      response.on('error', () => undefined).destroy();
      resolve(response);
    });
    asked.once('error', reject).end();
  });
}

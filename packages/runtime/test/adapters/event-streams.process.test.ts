import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { waitFor } from '../support/wait-for.ts';
import { endLinger } from './support/end-linger.ts';
import { startExample } from './support/example.ts';

void describe('event streams', { concurrency: 4 }, () => {
  test('go on while the process lingers, then end completely with a retry field, spread over at least two seconds', async () => {
    await using app = await startExample('sse', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
    const listeners = await Promise.all(Array.from({ length: 12 }, async () => await Listener.connect(app.port)));

    await endLinger(app, async () => {
      const late = await Listener.connect(app.port);
      const all = [late, ...listeners];
      const before = all.map(({ text }) => text.length);
      await waitFor('every stream went on', () => all.every(({ text }, index) => text.length > (before[index] ?? 0) + 20));
      assert.ok(
        all.every(({ ended }) => ended === undefined),
        'a stream ended while the process lingered',
      );
      listeners.push(late);
    });
    const report = await app.report();
    await waitFor('every stream is over', () => listeners.every(({ ended }) => ended !== undefined));

    for (const { text, ended } of listeners) {
      assert.equal(ended?.complete, true, 'the last chunk is missing');
      assert.match(text, /^retry: 1000\n\nid: 1\ndata: tick 1\n\n/);
      assert.match(text, /\n\nretry: \d+\n\n$/);
    }
    const times = listeners.map(({ ended }) => ended?.at ?? 0);
    const overMs = Math.max(...times) - Math.min(...times);
    assert.ok(overMs >= 2_000, `all ended within ${overMs} ms`);
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
  });

  test('all end completely, in less time, when the budget leaves less', async () => {
    await using app = await startExample('sse', { env: { SPOTPROOF_STOP_TIMEOUT: '3' } });
    const listeners = await Promise.all(Array.from({ length: 12 }, async () => await Listener.connect(app.port)));

    app.signal('SIGTERM');
    const report = await app.report();
    await waitFor('every stream is over', () => listeners.every(({ ended }) => ended !== undefined));

    assert.ok(listeners.every(({ ended, text }) => ended?.complete === true && /retry: \d+\n\n$/.test(text)));
    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
  });
});

/** Reads one stream to its end. */
class Listener {
  text = '';
  /** `complete`: the last chunk of the body came. */
  ended: { readonly complete: boolean; readonly at: number } | undefined;

  static async connect(port: number): Promise<Listener> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/', agent: false }, resolve).once('error', reject);
    });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'text/event-stream');
    const listener = new Listener();
    response.setEncoding('utf8').on('data', (chunk: string) => (listener.text += chunk));
    response.on('error', () => {});
    response.once('close', () => (listener.ended = { complete: response.complete, at: performance.now() }));
    return listener;
  }
}

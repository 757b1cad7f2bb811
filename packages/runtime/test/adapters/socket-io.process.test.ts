import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { io, type Socket } from 'socket.io-client';
import { waitFor } from '../support/wait-for.ts';
import { endLinger } from './support/end-linger.ts';
import { startExample } from './support/example.ts';
import { FallbackProxy } from './support/fallback-proxy.ts';

void describe('Socket.IO clients', { concurrency: 4 }, () => {
  test('get 1012 spread over at least two seconds, and come back by themselves to the next task', async () => {
    await using going = await startExample('socket.io', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
    await using staying = await startExample('socket.io');
    await using proxy = await FallbackProxy.start([going.port, staying.port]);
    using crowd = await Crowd.connect(proxy.port, 12, 'websocket');

    await endLinger(going, async () => {
      assert.deepEqual(await crowd.ask('lingering'), Array(12).fill('echo lingering'));
      assert.deepEqual(crowd.lost, [], 'a client was sent away while the process lingered');
    });
    const report = await going.report();
    await waitFor('all clients are back', () => crowd.areConnected);

    assert.equal(crowd.lost.length, 12);
    assert.deepEqual(
      crowd.lost.map(({ reason, code }) => [reason, code]),
      crowd.lost.map(() => ['transport close', 1012]),
    );
    const times = crowd.lost.map(({ at }) => at);
    const overMs = Math.max(...times) - Math.min(...times);
    assert.ok(overMs >= 2_000, `all were sent away within ${overMs} ms`);
    assert.deepEqual(await crowd.ask('elsewhere'), Array(12).fill('echo elsewhere'));
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
  });

  test('that poll come back by themselves, too', async () => {
    await using going = await startExample('socket.io', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
    await using staying = await startExample('socket.io');
    await using proxy = await FallbackProxy.start([going.port, staying.port]);
    using crowd = await Crowd.connect(proxy.port, 4, 'polling');

    await endLinger(going, async () => {
      assert.deepEqual(await crowd.ask('lingering'), Array(4).fill('echo lingering'));
    });
    const report = await going.report();
    await waitFor('all clients are back', () => crowd.lost.length === 4 && crowd.areConnected);

    assert.deepEqual(await crowd.ask('elsewhere'), Array(4).fill('echo elsewhere'));
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
  });
});

interface Loss {
  readonly reason: string;
  readonly code: number | undefined;
  readonly at: number;
}

class Crowd implements Disposable {
  readonly #sockets: readonly Socket[];
  readonly lost: Loss[] = [];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    for (const socket of sockets) {
      socket.on('disconnect', (reason, details) => {
        const code = details !== undefined && 'context' in details ? (details.context as { readonly code?: number } | undefined)?.code : undefined;
        this.lost.push({ reason, code, at: performance.now() });
      });
    }
  }

  static async connect(port: number, count: number, transport: 'websocket' | 'polling'): Promise<Crowd> {
    // One connection each, as clients on machines of their own have.
    const options = { transports: [transport], forceNew: true, reconnectionDelay: 200 };
    const crowd = new Crowd(Array.from({ length: count }, () => io(`http://127.0.0.1:${port}`, options)));
    await waitFor('all clients are connected', () => crowd.areConnected);
    return crowd;
  }

  get areConnected(): boolean {
    return this.#sockets.every(({ connected }) => connected);
  }

  async ask(question: string): Promise<readonly unknown[]> {
    return await Promise.all(this.#sockets.map(async (socket) => await socket.timeout(5_000).emitWithAck('ask', question)));
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

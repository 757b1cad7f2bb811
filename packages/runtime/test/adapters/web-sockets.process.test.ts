import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { ClosingClient, type Farewell } from './support/closing-client.ts';
import { startExample } from './support/example.ts';
import { endLinger } from './support/end-linger.ts';

const PROGRAM = 'adapters/web-sockets.mjs';

void describe('WebSocket clients', { concurrency: 8 }, () => {
  test('are served while the process lingers, and each then gets 1012 after its last message, spread over at least two seconds', async () => {
    await using app = await startExample('ws', { env: { SPOTPROOF_STOP_TIMEOUT: '20' } });
    const clients = await ClosingClient.crowd(app.port, 20);
    let isOver = false;
    const farewells = Promise.all(
      clients.map(async (client) => {
        const farewell = await client.farewell;
        isOver = true;
        return farewell;
      }),
    );

    await endLinger(app, async () => {
      const late = await ClosingClient.connect(app.port);
      for (const client of [late, ...clients]) client.send('still there?');
      await waitFor('all clients were answered', () => [late, ...clients].every(({ messages }) => messages.includes('still there?')));
      assert.equal(isOver, false, 'a client was sent away while the process lingered');
    });

    const all = await farewells;
    assertTold(all, 1012, 'service restart');
    for (const { messages } of all) assert.equal(messages.at(-1), 'see you elsewhere');
    const overMs = Math.max(...all.map(({ at }) => at)) - Math.min(...all.map(({ at }) => at));
    assert.ok(overMs >= 2_000, `all were sent away within ${overMs} ms`);
    const report = await app.report();
    assert.deepEqual([report.outcome, report.lostCount, report.exitCode], ['drained', 0, 0]);
  });

  test('all get their code, in less time, when the budget leaves less', async () => {
    await using app = await startExample('ws', { env: { SPOTPROOF_STOP_TIMEOUT: '4' } });
    const clients = await ClosingClient.crowd(app.port, 20);

    app.signal('SIGTERM');
    const all = await Promise.all(clients.map(async ({ farewell }) => await farewell));

    assertTold(all, 1012, 'service restart');
    assert.deepEqual(await outcome(app), ['drained', 0]);
  });

  test('get the code and reason that were asked for', async () => {
    await using app = await Program.start(PROGRAM, { env: { OPTIONS: '{"code":1001,"reason":"bye","spreadMs":0}', ...QUICK } });
    const clients = await ClosingClient.crowd(app.port, 5);

    app.signal('SIGTERM');

    assertTold(await Promise.all(clients.map(async ({ farewell }) => await farewell)), 1001, 'bye');
  });

  test('get it although the hook before it throws, and the report says that it did', async () => {
    await using app = await Program.start(PROGRAM, { env: { BEFORE: 'throws', ...QUICK } });
    const client = await ClosingClient.connect(app.port);

    app.signal('SIGTERM');

    assertTold([await client.farewell], 1012, 'service restart');
    assert.deepEqual((await app.report()).warnings, ['beforeClose of a WebSocket failed: no farewell']);
  });

  test('get it at the stop signal when the hook before it hangs', async () => {
    await using app = await Program.start(PROGRAM, { env: { BEFORE: 'hangs', ...QUICK } });
    const clients = await ClosingClient.crowd(app.port, 3);

    app.signal('SIGTERM');
    const all = await Promise.all(clients.map(async ({ farewell }) => await farewell));

    assertTold(all, 1012, 'service restart');
    for (const { messages } of all) assert.deepEqual(messages, ['waiting']);
    assert.deepEqual(await outcome(app), ['drained', 0]);
  });

  test('get it when the drain is forced to its end at once', async () => {
    await using app = await Program.start(PROGRAM, { env: { SPOTPROOF_STOP_TIMEOUT: '30' } });
    const clients = await ClosingClient.crowd(app.port, 3);

    app.signal('SIGINT');
    await app.line(/^phase lingering/);
    // The same signal within a quarter of a second counts once.
    await new Promise((resolve) => setTimeout(resolve, 300));
    app.signal('SIGINT');

    assertTold(await Promise.all(clients.map(async ({ farewell }) => await farewell)), 1012, 'service restart');
  });

  test('get it when they come while the others are sent away', async () => {
    await using app = await Program.start(PROGRAM, { env: { SPOTPROOF_STOP_TIMEOUT: '8', WATCH_REPORT_DEPENDENCIES: '1' } });
    await ClosingClient.crowd(app.port, 2);
    using late = await RawClient.connect(app.port);
    late.request('/');
    await late.until(/hello$/);

    app.signal('SIGTERM');
    await app.line(/^phase draining/);
    late.request('/', {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'c3BvdHByb29mIHNwb3Rwcg==',
    });
    await late.until(/service restart/);

    assert.equal(await late.closed, 'fin');
    assert.deepEqual(await outcome(app), ['drained', 0]);
  });

  test('that are gone without a word do not hold up the drain', async () => {
    await using app = await Program.start(PROGRAM, { env: { SPOTPROOF_STOP_TIMEOUT: '24', WATCH_REPORT_DEPENDENCIES: '1' } });
    using silent = await RawClient.connect(app.port);
    silent.request('/', {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'c3BvdHByb29mIHNwb3Rwcg==',
    });
    await silent.until(/101 Switching/);

    app.signal('SIGTERM');
    await silent.until(/service restart/);

    const report = await app.report();
    assert.deepEqual([report.outcome, report.lostCount], ['drained', 0]);
    assert.equal(report.phases.aborting, undefined, 'it was waited for until the stop signal');
  });
});

/** A watch mode does not linger. */
const QUICK = { SPOTPROOF_STOP_TIMEOUT: '4', WATCH_REPORT_DEPENDENCIES: '1' };

function assertTold(all: readonly Farewell[], code: number, reason: string): void {
  assert.deepEqual(
    all.map((farewell) => [farewell.code, farewell.reason, farewell.wasClean]),
    all.map(() => [code, reason, true]),
  );
}

async function outcome(app: Program): Promise<readonly [string, number]> {
  const { outcome, lostCount } = await app.report();
  return [outcome, lostCount];
}

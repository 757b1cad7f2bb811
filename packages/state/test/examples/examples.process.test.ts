import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { send, type Got } from '../http/support/send.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { Stage } from './start-example.ts';

describe('the examples of idempotency', { concurrency: 2 }, () => {
  test('orders: a task killed between its effect and its answer charges nobody twice, whoever takes over', async () => {
    await using stage = await Stage.open();
    const env = { LEASE_MS: '1000' };
    const [one, two] = [stage.start('idempotent-http/server.mjs', { env }), stage.start('idempotent-http/server.mjs', { env })];
    const order = (ms: number) => ({ key: 'o-1', headers: { 'x-account': 'a' }, body: JSON.stringify({ cents: 500, ms }) });
    const cut = send(await one.port(), order(300));
    cut.catch(() => {});
    await until('the card was charged', () => hasCharges(stage));

    one.child.kill('SIGKILL');
    await assert.rejects(cut);
    const answer = await untilAnswered(await two.port(), order(300));
    const again = await send(await two.port(), order(300));

    assert.deepEqual([answer.status, answer.isReplay, again.status, again.isReplay], [201, false, 201, true]);
    assert.equal(again.text, answer.text);
    assert.equal(again.headers.location, '/orders/1');
    assert.deepEqual(stage.charges(), [{ cents: 500, calls: 2 }]);
  });

  test('orders: a draining task keeps its key past the lease until it has answered, and no other task runs the request beside it', async () => {
    await using stage = await Stage.open();
    const env = { LEASE_MS: '1500' };
    const [one, two] = [stage.start('idempotent-http/server.mjs', { env }), stage.start('idempotent-http/server.mjs', { env })];
    const order = { key: 'o-1', headers: { 'x-account': 'a' }, body: JSON.stringify({ cents: 500, ms: 2500 }) };
    const first = send(await one.port(), order);
    await until('the card was charged', () => hasCharges(stage));

    one.child.kill('SIGTERM');
    const beside = await untilAnswered(await two.port(), order);
    const { status, isReplay, text } = await first;
    await one.ended;

    assert.deepEqual([status, isReplay, beside.status, beside.isReplay, beside.text], [201, false, 201, true, text]);
    assert.deepEqual(stage.charges(), [{ cents: 500, calls: 1 }]);
    const report = JSON.parse(one.errors.find((line) => line.startsWith('{"schema"')) ?? '{}') as Record<string, unknown>;
    assert.deepEqual([report['outcome'], report['lostCount'], one.child.exitCode], ['drained', 0, 0]);
  });

  test('from express-idempotency: two at once run once, the replay reaches no handler, and without a key all is as before', async () => {
    await using stage = await Stage.open();
    const port = await stage.start('moving-to-state/express-idempotency/server.mjs').port();
    const order = { key: 'o-1', headers: { 'x-account': 'a' }, body: '{"cents":500}' };

    const both = await Promise.all([send(port, order), send(port, order)]);
    const replay = await send(port, order);
    const other = await send(port, { ...order, headers: { 'x-account': 'b' } });
    const changed = await send(port, { ...order, body: '{"cents":1}' });
    const { key: _key, ...without } = order;
    const keyless = [await send(port, without), await send(port, without)];

    assert.ok(both.every(({ status }) => status === 201 || status === 409));
    assert.deepEqual([replay.status, replay.isReplay, other.status, other.isReplay, changed.status], [201, true, 201, false, 422]);
    assert.deepEqual(
      keyless.map(({ text }) => text),
      ['{"receipt":3}', '{"receipt":4}'],
    );
    assert.deepEqual(
      stage.charges(),
      Array.from({ length: 4 }, () => ({ cents: 500, calls: 1 })),
    );
  });

  test('from Powertools: an order that comes again gets the receipt of the first, a changed one is refused, one without an id does nothing', async () => {
    await using stage = await Stage.open();
    const orders = [
      { account: 'a', id: '1', cents: 500 },
      { account: 'a', id: '1', cents: 500 },
      { account: 'b', id: '1', cents: 500 },
      { account: 'a', id: '1', cents: 501 },
      { account: 'a', id: null, cents: 500 },
    ];
    const worker = stage.start('moving-to-state/powertools/charge.mjs');
    worker.child.stdin?.end(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));

    assert.deepEqual(await worker.lines(5), ['receipt 1', 'receipt 1', 'receipt 2', 'SPOTPROOF_KEY_REUSED', 'SPOTPROOF_CONFIG_INVALID']);
    assert.deepEqual(
      stage.charges(),
      Array.from({ length: 2 }, () => ({ cents: 500, calls: 1 })),
    );
  });

  test('from a SET NX lock: of two tasks at once one pays, and who comes after it gets its receipt', async () => {
    await using redis = await RedisServer.start({});
    await using stage = await Stage.open();
    const start = () => stage.start('moving-to-state/set-nx-lock/report.mjs', { args: ['2026-11-21'], env: { REDIS_SOCKET: redis.socketPath } });

    const both = (await Promise.all([start().lines(1), start().lines(1)])).flat();
    const [after] = await start().lines(1);

    assert.ok(both.every((line) => line === 'paid out, receipt 1' || line === 'another task is at it'));
    assert.ok(both.includes('paid out, receipt 1'));
    assert.equal(after, 'paid out, receipt 1');
    assert.deepEqual(stage.charges(), [{ cents: 100, calls: 1 }]);
  });

  test('each page shows the program that these tests run, to the letter', () => {
    for (const [page, program] of [
      ['docs/guides/idempotency.md', 'examples/idempotent-http/server.mjs'],
      ['examples/moving-to-state/express-idempotency/README.md', 'examples/moving-to-state/express-idempotency/server.mjs'],
      ['examples/moving-to-state/powertools/README.md', 'examples/moving-to-state/powertools/charge.mjs'],
      ['examples/moving-to-state/set-nx-lock/README.md', 'examples/moving-to-state/set-nx-lock/report.mjs'],
    ] as const)
      assert.ok(read(page).includes(`\`\`\`js\n${read(program)}\`\`\`\n`), page);
  });
});

function hasCharges(stage: Stage): boolean {
  try {
    return stage.charges().length > 0;
  } catch {
    // The table is not there yet.
    return false;
  }
}

async function untilAnswered(port: number, sent: Parameters<typeof send>[1]): Promise<Got> {
  const end = performance.now() + 30_000;
  for (;;) {
    const got = await send(port, sent);
    if (got.status !== 409) return got;
    if (performance.now() > end) throw new Error('waited in vain for another answer than 409');
    await pause(50);
  }
}

async function until(fact: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${fact}`);
    await pause(10);
  }
}

function read(file: string): string {
  return readFileSync(path.join(import.meta.dirname, '..', '..', '..', '..', file), 'utf8');
}

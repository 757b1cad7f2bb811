import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeepAliveAim } from '../../src/balancer/keep-alive-aim.ts';

const idleFor = (
  name: string,
  idleMs: number,
  phase = 'open',
): { readonly name: string; readonly phase: string; readonly lastActivityAt: number } => ({
  name,
  phase,
  lastActivityAt: 100_000 - idleMs,
});
const choose = (aim: KeepAliveAim, ...idle: readonly ReturnType<typeof idleFor>[]): string => {
  const choice = aim.choose(idle, 100_000);
  return choice.kind === 'fresh' ? 'fresh' : `${choice.kind} ${choice.connection.name}`;
};
/** One that has just opened a connection, and so will not want another. */
const contentAim = (): KeepAliveAim => {
  const aim = new KeepAliveAim();
  aim.choose([], 100_000);
  return aim;
};

test('it takes the newest, so that the others grow old', () => {
  assert.equal(choose(contentAim(), idleFor('old', 4990), idleFor('new', 5)), 'now new');
});

test('now and then it opens another, up to 16 idle ones', () => {
  const aim = new KeepAliveAim();
  assert.equal(choose(aim, idleFor('a', 10)), 'fresh');
  assert.equal(choose(aim, idleFor('a', 10)), 'now a');
  assert.equal(aim.choose([idleFor('a', 10)], 100_251).kind, 'fresh');

  const many = Array.from({ length: 16 }, (_, index) => idleFor(String(index), 1000 - index));
  assert.equal(aim.choose(many, 200_000).kind, 'now');
});

test('it holds for the connection that is within 50 ms of the learned timeout', () => {
  const aim = contentAim();
  aim.learn(5001);

  assert.equal(choose(aim, idleFor('too old', 5200), idleFor('due', 4960), idleFor('young', 5)), 'hold due');
  assert.equal(choose(aim, idleFor('not yet', 4900), idleFor('young', 5)), 'now young');
});

test('a connection whose FIN is on the way comes before everything else', () => {
  const aim = contentAim();
  aim.learn(5000);

  assert.equal(choose(aim, idleFor('due', 4990), idleFor('crossing', 40, 'fin-arrived'), idleFor('young', 5)), 'now crossing');
});

test('one close at another age does not mislead it, and a changed timeout is learned', () => {
  const aim = new KeepAliveAim();
  for (const idleMs of [5000, 5001, 12]) aim.learn(idleMs);
  assert.equal(aim.timeoutMs, 5000);

  for (let count = 0; count < 9; count++) aim.learn(2000);
  assert.equal(aim.timeoutMs, 2000);
});

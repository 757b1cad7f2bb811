import assert from 'node:assert/strict';
import test from 'node:test';
import { Deadlines } from '../../src/stores/redis/deadlines.ts';

test('what is answered in time is never called late, and what is not is, once each and the longest waiting first', async () => {
  const deadlines = new Deadlines(5);
  const late: string[] = [];
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const add = (name: string): ReturnType<Deadlines['add']> => deadlines.add(() => late.push(name));
  // Its own timer does not keep a process alive.
  const alive = setInterval(() => {}, 1000);

  const first = add('first');
  add('second');
  const third = add('third');
  add('fourth');
  const last = add('last');
  for (const waiting of [third, first, last]) deadlines.remove(waiting);
  add('fifth');
  deadlines.add(resolve);
  await isOver;
  const alone = add('alone');
  deadlines.remove(alone);
  const { promise: isOverAgain, resolve: resolveAgain } = Promise.withResolvers<void>();
  add('sixth');
  deadlines.add(resolveAgain);
  await isOverAgain;
  clearInterval(alive);

  assert.deepEqual(late, ['second', 'fourth', 'fifth', 'sixth']);
});

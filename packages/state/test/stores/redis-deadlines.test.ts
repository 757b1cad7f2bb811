import assert from 'node:assert/strict';
import test from 'node:test';
import { Deadlines } from '../../src/stores/redis/deadlines.ts';

test('what is answered in time is never called late, and what is not is, once each and the longest waiting first', { timeout: 10_000 }, async () => {
  const deadlines = new Deadlines(5);
  const late: string[] = [];
  const add = (name: string): ReturnType<Deadlines['add']> => deadlines.add(() => late.push(name));
  // The timer of the deadlines does not keep a process alive.
  const alive = setTimeout(() => {}, 10_000);
  try {
    const first = add('first');
    add('second');
    const third = add('third');
    add('fourth');
    const last = add('last');
    for (const waiting of [third, first, last]) deadlines.remove(waiting);
    add('fifth');
    await new Promise<void>((resolve) => deadlines.add(resolve));
    deadlines.remove(add('alone'));
    add('sixth');
    await new Promise<void>((resolve) => deadlines.add(resolve));

    assert.deepEqual(late, ['second', 'fourth', 'fifth', 'sixth']);
  } finally {
    clearTimeout(alive);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from '../src/coalesce.ts';

test('calls during a run share the next one, which begins after the last of them that it answers', async () => {
  const ends: (() => void)[] = [];
  const call = coalesce(async () => {
    let number = 0;
    await new Promise<void>((resolve) => {
      number = ends.push(resolve);
    });
    return number;
  });

  const first = call();
  await turn();
  const waiting = [call(), call()];
  await turn();
  const begunDuring = ends.length;
  ends[0]?.();
  await turn();
  const late = call();
  for (const index of [1, 2]) {
    ends[index]?.();
    await turn();
  }

  assert.equal(begunDuring, 1);
  assert.deepEqual(await Promise.all([first, ...waiting, late]), [1, 2, 2, 3]);
});

test('a run that fails fails for those that asked for it, and not for the next', async () => {
  let count = 0;
  const call = coalesce(async () => {
    count += 1;
    if (count === 1) throw new Error('once');
    return count;
  });

  const first = call();
  await assert.rejects(first, /once/);
  assert.equal(await call(), 2);
});

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from '../src/coalesce.ts';

test('calls during a run share the next one, which begins after the last of them that it answers', async () => {
  const ends: (() => void)[] = [];
  let begun = 0;
  const call = coalesce(() => {
    const number = ++begun;
    return new Promise<number>((resolve) => ends.push(() => resolve(number)));
  });

  const first = call();
  await Promise.resolve();
  const waiting = [call(), call()];
  assert.equal(begun, 1);
  ends[0]?.();
  assert.equal(await first, 1);
  while (begun < 2) await Promise.resolve();
  const late = call();
  ends[1]?.();
  assert.deepEqual(await Promise.all(waiting), [2, 2]);
  while (begun < 3) await Promise.resolve();
  ends[2]?.();
  assert.equal(await late, 3);
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

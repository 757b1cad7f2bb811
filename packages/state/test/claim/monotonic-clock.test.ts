import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundClock, monotonicClock } from '../../src/monotonic-clock.ts';

test('what is to happen after longer than timers can wait, or never, does not happen at once', async () => {
  const happened: string[] = [];
  const cancels = [
    monotonicClock.schedule(Infinity, () => happened.push('never')),
    backgroundClock.schedule(2 ** 31, () => happened.push('in 25 days')),
  ];

  await new Promise<void>((resolve) => monotonicClock.schedule(20, resolve));

  assert.deepEqual(happened, []);
  for (const cancel of cancels) cancel();
});

import { test } from 'node:test';
import { assertNothingLost, assertNoGrowth } from './support/assert-interruptions.ts';
import { interruptManyTimes } from './support/interruptions.ts';

// A sample: `npm run soak -- interruptions` takes 200 back.
test('5 interruptions in a row over three tasks under load: nothing is lost, and nothing grows', async (t) => {
  const outcome = await interruptManyTimes(t, {
    ...{ count: 5, everyMs: 800, stopTimeoutMs: 10_000 },
    ...{ ratePerSecond: 15, kinds: ['fast', 'medium', 'upload'], warmUpMs: 4_000, sampleEveryMs: 800 },
  });
  t.diagnostic(JSON.stringify(outcome.growth));

  assertNothingLost(outcome, 5);
  assertNoGrowth(outcome, 5);
});

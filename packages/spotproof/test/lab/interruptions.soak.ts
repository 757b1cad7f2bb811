import { test } from 'node:test';
import { assertNothingLost, assertNoGrowth } from './support/assert-interruptions.ts';
import { interruptManyTimes } from './support/interruptions.ts';

test('200 interruptions in a row over three tasks under load: nothing is lost, and nothing grows', async (t) => {
  const outcome = await interruptManyTimes(t, {
    ...{ count: 200, everyMs: 5_500, stopTimeoutMs: 30_000 },
    ...{ ratePerSecond: 20, warmUpMs: 30_000, sampleEveryMs: 5_000 },
  });
  t.diagnostic(`verdict ${outcome.report.verdict}: ${outcome.report.summary}`);
  t.diagnostic(JSON.stringify(outcome.growth));

  assertNothingLost(outcome, 200);
  assertNoGrowth(outcome, 200);
});

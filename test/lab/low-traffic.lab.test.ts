import { test } from 'node:test';
import { assertNothingLost, promisedAt, runProtected } from './support/series.ts';

test('at 1.5 requests/s nothing is lost in any of the promised orders', async () => {
  const results = await Promise.all(promisedAt(1.5).map(runProtected));

  for (const result of results) assertNothingLost(result);
});

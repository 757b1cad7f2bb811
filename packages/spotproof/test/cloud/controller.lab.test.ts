import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { weather } from './support/storm.ts';

// A sample: `npm run soak -- controller` has the other storms and deliveries.
void describe('the controller on the local cloud', { concurrency: true }, () => {
  test('stands in for three of four tasks in a drought, lets go when Spot is back, and no request is lost', async (t) => {
    const { sent, lost, end, mostFallback, decisions } = await weather({
      ...{ tasks: 4, interrupted: 3, drought: true },
      ...{ delivery: 'typical', replacement: 'at-notice' },
    });
    t.diagnostic(`${sent} requests, fallback of ${mostFallback}`);

    assert.deepEqual(lost, []);
    assert.deepEqual(end, { primary: 4, fallback: 0 });
    assert.ok(mostFallback >= 3 && mostFallback <= 4, `a fallback of ${mostFallback}`);
    assert.ok(decisions.some(({ type }) => type === 'deregister'));
  });
});

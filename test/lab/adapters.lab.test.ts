import { describe, test } from 'node:test';
import { ADAPTERS, assertCell, describeCell, runCell, type AdapterCell } from './support/adapters.ts';
import { ORDER_PROFILES } from './support/order-profiles.ts';

// A sample in which each adapter's example and each order appears; `npm run soak -- adapters` runs every pair.

const cells = Array.from({ length: Math.max(ADAPTERS.length, ORDER_PROFILES.length) }, (_, index): AdapterCell => {
  const adapter = ADAPTERS[index % ADAPTERS.length];
  const profile = ORDER_PROFILES[index % ORDER_PROFILES.length];
  if (adapter === undefined || profile === undefined) throw new Error('a table is empty');
  // With this seed the profile `late` is not so late that the run would take a minute.
  return { adapter, profile, tasks: 2, seed: 3 };
});

// They wait most of their time: all together cost little more than one.
describe('nothing is lost with a stop timeout of 120 s', { concurrency: cells.length }, () => {
  for (const cell of cells) {
    test(describeCell(cell), async () => assertCell(cell, await runCell(cell)));
  }
});

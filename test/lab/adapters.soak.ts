import { describe, test } from 'node:test';
import { ADAPTERS, assertCell, cellLine, describeCell, runCell, type AdapterCell } from './support/adapters.ts';
import { ORDER_PROFILES } from './support/order-profiles.ts';

// Every adapter's example in every order of deregistration and SIGTERM, with the longest stop timeout. Each run waits most of its time.

const cells = ADAPTERS.flatMap((adapter, row) =>
  // A load, a victim and a delay of its own for each.
  ORDER_PROFILES.map((profile, column): AdapterCell => ({ adapter, profile, tasks: 3, seed: 1 + row * ORDER_PROFILES.length + column })),
);

describe('nothing is lost', { concurrency: Number(process.env['SPOTPROOF_LAB_WIDTH'] ?? 1) }, () => {
  for (const cell of cells) {
    test(describeCell(cell), async () => {
      const result = await runCell(cell);

      console.log(cellLine(cell, result));
      assertCell(cell, result);
    });
  }
});

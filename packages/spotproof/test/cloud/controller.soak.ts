import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Storm, weather } from './support/storm.ts';

const TASKS = 8;
const WIDTH = 3;

const STORMS: readonly Storm[] = ([1, 7, 'all'] as const).flatMap((interrupted) =>
  [false, true].flatMap((drought) =>
    (['prompt', 'typical', 'event-late', 'lossy', 'silent'] as const).map((delivery, index) => ({
      ...{ tasks: TASKS, interrupted, drought, delivery },
      // Both readings of ECS, in turn.
      replacement: index % 2 === 0 ? 'at-notice' : 'after-stopped',
    })),
  ),
);

// The table of docs/benchmarks.md, one line a storm.
void describe(`a service of ${TASKS} tasks with a twin, on the local cloud`, { concurrency: WIDTH }, () => {
  for (const storm of STORMS) {
    const { interrupted, drought, delivery, replacement } = storm;
    test(`${interrupted} interrupted, ${drought ? 'a drought' : 'Spot to be had'}, events ${delivery}, replaced ${replacement}`, async (t) => {
      const { sent, lost, strengthAfterMs, mostFallback, end } = await weather(storm);
      t.diagnostic(
        `| ${interrupted} of ${TASKS} | ${drought ? 'none' : 'to be had'} | ${delivery} | ${replacement} | ${lost.length} of ${sent} | ${(strengthAfterMs / 1000).toFixed(0)} | ${mostFallback} | ${end.primary}, ${end.fallback} |`,
      );

      assert.deepEqual(end, { primary: TASKS, fallback: 0 });
      // With all gone and no news of it, nobody serves until the next tick; as long as somebody does, nothing is lost.
      if (!(interrupted === 'all' && drought && delivery === 'silent')) assert.deepEqual(lost, []);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNothingLost } from './support/series.ts';
import { explain, lab, MIXED_APP } from './support/lab-cli.ts';

const PROFILES = ['current', 'late', 'event-late', 'worst'] as const;
const DELIVERIES = ['prompt', 'typical', 'event-late', 'lossy', 'silent'] as const;

/** What each order is promised with. */
const STOP_TIMEOUTS = { current: '30', late: '30', 'event-late': '30', worst: '120' } as const;

// The gate has a sample of it, aws.lab.test.ts.
void describe('a protected run on the local AWS with the controller beside it loses nothing:', { concurrency: 2 }, () => {
  for (const profile of PROFILES) {
    for (const delivery of DELIVERIES) {
      for (const replacement of ['at-notice', 'never'] as const) {
        test(`profile ${profile}, events ${delivery}, ${replacement === 'never' ? 'a drought' : 'Spot to be had'}`, async (t) => {
          const result = await lab([
            ...['--aws', '--controller', '--protect', '--profile', profile, '--delivery', delivery, '--replacement', replacement],
            ...['--tasks', '4', '--rate', '40', '--control', '3', '--interrupt', '2@1s', '--stop-timeout', STOP_TIMEOUTS[profile]],
            ...['--deregistration-delay', '20', '--health-check', '/health,5s,2', '--', ...MIXED_APP],
          ]);
          t.diagnostic(result.report.summary);

          assertNothingLost(result);
          const fallback = result.report.tasks.filter(({ name }) => name.includes('app-fallback'));
          // Without events the next tick may be too late for so short a run.
          if (replacement === 'never' && (delivery === 'prompt' || delivery === 'typical')) assert.ok(fallback.length > 0, explain(result));
        });
      }
    }
  }
});

import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { assertLeftInTime, assertNothingLost, describe, promisedAt, runProtected } from './support/series.ts';

// A sample: `npm run soak -- zero-loss` runs every cell at both rates.

for (const circumstances of [
  { ratePerSecond: 240, deregisterAfter: 11, stopTimeoutSeconds: 30, interrupt: '1@1s,1@5s' },
  { ratePerSecond: 240, deregisterAfter: 'never', stopTimeoutSeconds: 120 },
] as const) {
  test(`${describe(circumstances)}: nothing is lost`, async () => {
    const result = await runProtected(circumstances);

    assertNothingLost(result);
    assertLeftInTime(result);
  });
}

test('at 1.5 requests/s nothing is lost in any of the promised orders', async () => {
  const results = await Promise.all(promisedAt(1.5).map(runProtected));

  for (const result of results) assertNothingLost(result);
});

test('nothing is lost while another process keeps one core busy', async () => {
  const burner = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
  try {
    assertNothingLost(await runProtected({ ratePerSecond: 120, deregisterAfter: 3, stopTimeoutSeconds: 30 }));
  } finally {
    burner.kill('SIGKILL');
  }
});

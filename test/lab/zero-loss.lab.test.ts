import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { assertLeftInTime, assertNothingLost, describe, runProtected } from './support/series.ts';

// A sample at the high rate; `low-traffic.lab.test.ts` has the low one, and `npm run soak -- zero-loss` runs every cell at both.

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

test('nothing is lost while another process keeps one core busy', async () => {
  const burner = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
  try {
    assertNothingLost(await runProtected({ ratePerSecond: 120, deregisterAfter: 3, stopTimeoutSeconds: 30 }));
  } finally {
    burner.kill('SIGKILL');
  }
});

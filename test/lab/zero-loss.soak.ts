import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { assertOnlyLongAnswersLost, runLongAnswers } from './support/long-answers.ts';
import { assertLeftInTime, assertNothingLost, describe, promisedAt, runProtected } from './support/series.ts';

// Every cell of the promise, one run at a time, at both rates, and the busy ones again with one core taken away.

for (const circumstances of [...promisedAt(240), ...promisedAt(1.5), ...promisedAt(240).map((cell) => ({ ...cell, interrupt: '1@1s,1@3s,1@5s' }))]) {
  test(`${describe(circumstances)}: nothing is lost`, async () => {
    const result = await runProtected(circumstances);

    assertNothingLost(result);
    if (circumstances.ratePerSecond === 240) assertLeftInTime(result);
  });
}

for (const circumstances of promisedAt(240)) {
  test(`${describe(circumstances)}, one core kept busy: nothing is lost`, async () => {
    const burner = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
    try {
      assertNothingLost(await runProtected(circumstances));
    } finally {
      burner.kill('SIGKILL');
    }
  });
}

test('an answer of 40 s against a stop timeout of 30 s is the only loss', async () => {
  assertOnlyLongAnswersLost(await runLongAnswers({ stopTimeoutSeconds: 30, answerMs: 40_000 }));
});

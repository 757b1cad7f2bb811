import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain, lab, MIXED_APP, MIXED_REQUESTS } from './support/lab-cli.ts';
import { assertOnlyLongAnswersLost, runLongAnswers } from './support/long-answers.ts';
import { assertNothingLost, interruptedTasks } from './support/series.ts';

// These wait most of their time, so that they bear each other's company.
describe('the lab finds', { concurrency: 4 }, () => {
  test('that the handler of the how-to articles loses requests, and why', async () => {
    const result = await lab([
      ...[
        '--rate',
        '240',
        '--nodes',
        '1',
        '--deregister-after',
        '3',
        '--stop-timeout',
        '10',
        '--control',
        '3',
        '--deregistration-delay',
        '20',
        '--interrupt',
        '1@1s',
      ],
      ...['--health-check', '/health,5s,2', ...MIXED_REQUESTS, '--', ...MIXED_APP],
    ]);

    assert.equal(result.exitCode, 1, explain(result));
    assert.equal(result.report.verdict, 'lost');
    assert.ok(result.report.requests.lost >= 20, explain(result));
    assert.match(result.report.blame[0]?.sentence ?? '', /listener closed .* after SIGTERM/);
    assert.ok(interruptedTasks(result)[0]?.killed, 'it hangs on idle connections until SIGKILL');
  });

  test('that an answer longer than the budget is the only loss, and is named in the report', async () => {
    assertOnlyLongAnswersLost(await runLongAnswers({ stopTimeoutSeconds: 12, answerMs: 16_000 }));
  });

  test('that a normal stop, deregistered long before SIGTERM, costs less than four seconds', async () => {
    const result = await lab([
      ...[
        '--protect',
        '--rate',
        '60',
        '--deregister-after',
        '-14',
        '--stop-timeout',
        '30',
        '--control',
        '2',
        '--interrupt',
        '1@1s',
        '--deregistration-delay',
        '20',
      ],
      ...['--health-check', '/,5s,2', '--', 'node', 'test/lab/programs/quick.mjs'],
    ]);
    const [task] = interruptedTasks(result);

    assertNothingLost(result);
    assert.ok((task?.exitedAt ?? Infinity) - (task?.sigtermAt ?? 0) < 4_000, explain(result));
  });

  test('that a short keep-alive timeout loses requests under the keep-alive adversary, without any interruption', async () => {
    const result = await lab([
      ...[
        '--strict',
        '--rate',
        '60',
        '--nodes',
        '1',
        '--adversary',
        'keep-alive',
        '--control',
        '20',
        '--interrupt',
        '1@1s',
        '--deregister-after',
        '0',
        '--stop-timeout',
        '5',
      ],
      ...['--health-check', '/,5s,2', '--', 'node', 'test/lab/programs/default-keep-alive.mjs'],
    ]);

    assert.equal(result.exitCode, 1, explain(result));
    assert.ok(result.report.requests.lostInControl > 0, explain(result));
    assert.ok(
      result.report.blame.some((entry) => entry.phase === 'control' && /keep-?alive|idle/i.test(entry.sentence)),
      explain(result),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DescribeServicesCommand, ECSClient, ListTasksCommand, StopTaskCommand, type Service } from '@aws-sdk/client-ecs';
import { SseReader } from '../../packages/spotproof/test/live/sse-reader.ts';
import { explain, lab, MIXED_APP } from './support/lab-cli.ts';
import { interruptedTasks } from './support/series.ts';

const AWS = [
  ...['--aws', '--rate', '40', '--control', '2', '--interrupt', '1@3s', '--stop-timeout', '8', '--deregister-after', '3'],
  ...['--deregistration-delay', '2', '--health-check', '/health,5s,2'],
];

describe('a run whose service lives on the local AWS', { concurrency: 2 }, () => {
  test('finds that the handler of the how-to articles loses requests, and why', async () => {
    const result = await lab([...AWS, '--', ...MIXED_APP]);

    assert.equal(result.exitCode, 1, explain(result));
    assert.equal(result.report.verdict, 'lost');
    assert.match(result.report.blame[0]?.sentence ?? '', /(?:listener closed|exited) .*after SIGTERM; .* still sent/);
    assert.equal(interruptedTasks(result).length, 1);
  });

  test('loses nothing when protected, though an AWS client stops a task beside the interruption, and the controller stands in for both', async () => {
    let page: Promise<SseReader> | undefined;
    let visit: Promise<Visit> | undefined;
    let printed = '';
    const result = await lab([...AWS, '--protect', '--controller', '--replacement', 'never', '--ui', '--', ...MIXED_APP], (text) => {
      // A run that came out void is begun again.
      if (text.includes('Live page: ')) [printed, page, visit] = ['', undefined, undefined];
      printed += text;
      const url = /^Live page: (\S+)$/m.exec(printed)?.[1];
      const endpoint = /^export AWS_ENDPOINT_URL=(\S+)$/m.exec(printed)?.[1];
      if (url !== undefined) page ??= SseReader.open(url);
      if (endpoint !== undefined && printed.includes('interruption phase')) visit ??= stopOneTask(endpoint);
    });
    const { found, stoppedTask } = (await visit) ?? {};
    const events = (await page)?.events ?? [];

    assert.equal(result.exitCode, 0, explain(result));
    assert.equal(result.report.requests.lost, 0, explain(result));
    assert.deepEqual([found?.serviceName, found?.desiredCount, found?.runningCount, found?.loadBalancers?.length], ['app', 3, 3, 1]);
    const stopped = result.report.tasks.find(({ id }) => id === stoppedTask);
    assert.ok(stopped !== undefined && stopped.sigtermAt !== undefined && stopped.interruptedAt === undefined, explain(result));
    assert.ok(interruptedTasks(result).every(({ id }) => id !== stoppedTask));
    assert.ok(
      result.report.tasks.some(({ name, served }) => name.includes('app-fallback') && served > 0),
      `a task of the twin served: ${explain(result)}`,
    );
    assert.match(result.progress, /controller: NORMAL → RAISING, fallback 0 → [12]/);
    assert.ok(
      events.some(({ type, decision }) => type === 'controller' && JSON.stringify(decision).includes('"state":"FALLBACK"')),
      'the live page was told of the fallback',
    );
  });
});

interface Visit {
  readonly found: Service | undefined;
  readonly stoppedTask: string | undefined;
}

/** What anybody with the AWS SDK could do meanwhile. */
async function stopOneTask(endpoint: string): Promise<Visit> {
  const ecs = new ECSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } });
  try {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'lab', services: ['app'] }));
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: 'lab', serviceName: 'app' }));
    const [task] = taskArns ?? [];
    await ecs.send(new StopTaskCommand({ cluster: 'lab', task: task ?? '', reason: 'somebody wanted to' }));
    return { found: services?.[0], stoppedTask: task?.slice(task.lastIndexOf('/') + 1) };
  } finally {
    ecs.destroy();
  }
}

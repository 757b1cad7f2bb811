import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { CreateServiceCommand, ListTasksCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { CloudFault } from '../../src/cloud/wire/fault.ts';
import { runDrillCommand } from '../../src/commands/drill/command.ts';
import type { DrillReport } from '../../src/drill/report-document.ts';
import { callEvents } from '../cloud/support/events-client.ts';
import { NETWORK, TestCloud } from '../cloud/support/local-cloud.ts';
import { eventually } from '../lab/support/processes.ts';

const RULE = {
  source: ['aws.ecs'],
  detail: { desiredStatus: ['STOPPED'], stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] },
};

void describe('a drill against the local AWS', () => {
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;
  let queueUrl: string;
  let denied: string | undefined;

  const service = async (
    cluster: string,
    serviceName: string,
    taskDefinition: string,
    desiredCount: number,
    targetGroupArn?: string,
  ): Promise<void> => {
    await it.ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName,
        taskDefinition,
        desiredCount,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: NETWORK,
        ...(targetGroupArn === undefined ? {} : { loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }] }),
      }),
    );
    await waitUntilServicesStable({ client: it.ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { cluster, services: [serviceName] });
  };
  const runningArns = async (cluster: string, serviceName: string): Promise<readonly string[]> =>
    ((await it.ecs.send(new ListTasksCommand({ cluster, serviceName }))).taskArns ?? []).toSorted();

  before(async () => {
    it = await TestCloud.start({
      admit({ operation }) {
        if (operation === denied) throw new CloudFault('AccessDeniedException', `not authorized to perform ${operation}`);
      },
    });
    await it.cluster('web');
    await it.cluster('web-prod');
    front = await it.front('drilled', '3');
    queueUrl = (await it.sqs.send(new CreateQueueCommand({ QueueName: 'drill' }))).QueueUrl ?? '';
    await callEvents(it.cloud, 'PutRule', { Name: 'interruptions', EventPattern: JSON.stringify(RULE) });
    await callEvents(it.cloud, 'PutTargets', { Rule: 'interruptions', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:drill' }] });
    const web = fileURLToPath(new URL('../cloud/fixtures/web.ts', import.meta.url));
    const deaf = fileURLToPath(new URL('./fixtures/deaf.ts', import.meta.url));
    const [api, worker] = [
      await it.definition('api', [process.execPath, web]),
      await it.definition('worker', [process.execPath, deaf], { stopTimeout: 2 }),
    ];
    await service('web', 'api', api, 3, front.targetGroupArn);
    await service('web', 'worker', worker, 2);
    await service('web-prod', 'worker', worker, 2);
    await eventually('all targets are healthy', async () => {
      const { TargetHealthDescriptions = [] } = await it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: front.targetGroupArn }));
      return TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length === 3;
    });
  });
  after(() => it.stop());

  const drill = async (...args: readonly string[]): Promise<Outcome> => (await startDrill(it, args)).ended;

  test('a dry run names the task that would go, and stops none', async () => {
    const before = await runningArns('web', 'api');

    const { code, stdout } = await drill('--cluster', 'web', '--service', 'api', '--dry-run', '--json');

    const plan = JSON.parse(stdout) as { readonly first: readonly string[]; readonly refusals: readonly unknown[] };
    assert.equal(code, 0);
    assert.equal(plan.first.length, 1);
    assert.ok(before.includes(plan.first[0] ?? ''));
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(await runningArns('web', 'api'), before);
  });

  test('one task of three goes without a lost request: the rule fires, ECS deregisters before SIGTERM, and a replacement becomes healthy', async () => {
    const before = await runningArns('web', 'api');

    const { code, stdout, stderr } = await drill(
      ...[
        '--cluster',
        'web',
        '--service',
        'api',
        '--queue-url',
        queueUrl,
        '--url',
        front.url,
        '--rate',
        '10',
        '--control',
        '2s',
        '--timeout',
        '90s',
        '--json',
      ],
    );

    const report = JSON.parse(stdout) as DrillReport;
    const [task] = report.tasks;
    const [replacement] = report.replacements;
    assert.equal(code, 0, `${stderr}\n${stdout}`);
    assert.equal(report.verdict, 'kept');
    assert.ok(report.tasks.length === 1 && task !== undefined && before.includes(task.arn));
    assert.ok(task.eventSeenAt !== undefined, 'the event was seen');
    assert.ok(task.drainingAt !== undefined && task.stoppingAt !== undefined && task.drainingAt <= task.stoppingAt, 'draining before SIGTERM');
    assert.deepEqual(
      task.containers.map(({ name, exitCode, stopTimeoutSeconds }) => ({ name, exitCode, stopTimeoutSeconds })),
      [{ name: 'app', exitCode: 0, stopTimeoutSeconds: 10 }],
    );
    assert.equal(task.killed, false);
    assert.equal(task.replacement, replacement?.id);
    assert.ok(replacement?.healthyAt !== undefined, 'the replacement is healthy');
    assert.equal(report.strength.before, 3);
    assert.equal(report.strength.lowest, 2);
    assert.ok(report.load.driven && report.load.lost === 0 && report.load.sent > 20);
    assert.deepEqual(
      report.findings.filter(({ severity }) => severity === 'problem'),
      [],
    );
  });

  test('a task that does not hear SIGTERM is found killed at its stop timeout, with what to change', async () => {
    const { code, stdout } = await drill('--cluster', 'web', '--service', 'worker', '--timeout', '60s', '--json');

    const report = JSON.parse(stdout) as DrillReport;
    const killed = report.findings.find(({ rule }) => rule === 'killed');
    assert.equal(code, 0, stdout);
    assert.deepEqual(
      report.tasks.map((task) => ({ killed: task.killed, code: task.containers[0]?.exitCode, draining: task.drainingAt })),
      [{ killed: true, code: 137, draining: undefined }],
    );
    assert.match(killed?.cause ?? '', /stop timeout of 2 s was over/);
    assert.match(killed?.fix ?? '', /stopTimeout/);
    assert.deepEqual(report.load, { driven: false, why: 'no --url was given.' });
  });

  test('production is refused, with exit code 2 and every task left alone', async () => {
    const before = await runningArns('web-prod', 'worker');

    const { code, stdout, stderr } = await drill('--cluster', 'web-prod', '--service', 'worker');

    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /"web-prod" says that web-prod\/worker is production.*--allow-production/);
    assert.deepEqual(await runningArns('web-prod', 'worker'), before);
  });

  test('a queue that is not there, or no region, is told before anything is stopped', async (t) => {
    const before = await runningArns('web', 'worker');
    const saved = { ...process.env };
    t.after(() => (process.env = saved));
    process.env = { ...saved, ...it.cloud.environment };
    const flags = { cluster: 'web', service: 'worker', count: '1', waves: '1', interval: '60s', timeout: '60s', rate: '10', control: '0' };
    const endpoint = it.cloud.url;

    await assert.rejects(
      runDrillCommand({ ...flags, endpoint, queueUrl: queueUrl.replace(/drill$/, 'nothing') }),
      /sqs:ReceiveMessage failed with QueueDoesNotExist/,
    );
    process.env = { ...process.env, AWS_CONFIG_FILE: '/dev/null' };
    delete process.env['AWS_REGION'];
    delete process.env['AWS_DEFAULT_REGION'];
    await assert.rejects(runDrillCommand({ ...flags, endpoint }), /--region must be given, or AWS_REGION set/);

    assert.deepEqual(await runningArns('web', 'worker'), before);
  });

  test('a role that may not stop tasks makes the drill void, not clean, and the report names the call', async () => {
    denied = 'StopTask';

    const { code, stdout } = await drill('--cluster', 'web', '--service', 'worker', '--json');

    denied = undefined;
    const report = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([code, report.verdict, report.tasks], [3, 'void', []]);
    assert.match(report.findings.find(({ rule }) => rule === 'not-done')?.cause ?? '', /ecs:StopTask failed with AccessDeniedException/);
  });

  test('a drill that cannot watch what it began reports what it stopped, and is void', async () => {
    const running = await startDrill(it, ['--cluster', 'web', '--service', 'worker', '--timeout', '60s', '--json']);

    await running.said(/Wave 1: stopping/);
    denied = 'DescribeTasks';
    const { code, stdout } = await running.ended;

    denied = undefined;
    const report = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([code, report.verdict, report.tasks.length], [3, 'void', 1]);
    assert.match(report.summary, /could not be watched: ecs:DescribeTasks failed/);
  });

  test('Ctrl-C ends it with a report of what was stopped, and the second wave never comes', async () => {
    const running = await startDrill(it, [
      '--cluster',
      'web-prod',
      '--service',
      'worker',
      '--allow-production',
      '--waves',
      '2',
      '--interval',
      '600s',
      '--json',
    ]);

    await running.said(/Wave 1: stopping/);
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;

    const report = JSON.parse(stdout) as DrillReport;
    assert.equal(code, 130);
    assert.equal(report.verdict, 'cancelled');
    assert.deepEqual(
      report.tasks.map(({ wave }) => wave),
      [1],
    );
    assert.ok(!report.findings.some(({ rule }) => rule === 'still-stopping'), 'what nobody waited for is no finding');
  });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function startDrill({ cloud }: TestCloud, args: readonly string[]) {
  const program = fileURLToPath(new URL('../cloud/support/cloud-command.program.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@spotproof/source', program, 'drill', '--endpoint', cloud.url, ...args], {
    env: { ...process.env, ...cloud.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(([code]): Outcome => ({ code: typeof code === 'number' ? code : null, stdout, stderr }));
  return { child, ended, said: (what: RegExp) => eventually(`the drill says ${what.source}`, () => Promise.resolve(what.test(stderr))) };
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import {
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  StopTaskCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
  type Task,
} from '@aws-sdk/client-ecs';
import {
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
  waitUntilTargetInService,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { eventually } from '../lab/support/processes.ts';
import { callEvents } from './support/events-client.ts';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

const WAIT = { maxWaitTime: 25, minDelay: 1, maxDelay: 1 };
const RULE = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { $or: [{ stopCode: ['SpotInterruption'] }, { stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] }] },
};

// One story, told by the unmodified SDK; each test goes on where the one before it stopped.
void describe('a service on FARGATE_SPOT behind a load balancer', () => {
  const web = fileURLToPath(new URL('./fixtures/web.ts', import.meta.url));
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;
  let queueUrl: string;
  let interrupted: Task;

  const running = async (): Promise<readonly Task[]> => {
    const { taskArns = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web', serviceName: 'api' }));
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: taskArns }));
    return tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  };
  const targetStates = async (): Promise<Readonly<Record<string, string | undefined>>> => {
    const { TargetHealthDescriptions = [] } = await it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: front.targetGroupArn }));
    return Object.fromEntries(TargetHealthDescriptions.map(({ Target, TargetHealth }) => [`${Target?.Id}:${Target?.Port}`, TargetHealth?.State]));
  };
  const addressOf = (task: Task): string => {
    const details = task.attachments?.find(({ type }) => type === 'ElasticNetworkInterface')?.details ?? [];
    return `${details.find(({ name }) => name === 'privateIPv4Address')?.value}:8080`;
  };
  const answers = async (): Promise<ReadonlySet<string>> => {
    const texts = new Set<string>();
    for (let count = 0; count < 8; count++) texts.add(await (await fetch(front.url)).text());
    return texts;
  };
  const signals = (): readonly string[] => {
    try {
      return readFileSync(it.journal, 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };
  /** Receives until a message that fits has come. */
  const received = async (fits: (detail: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>> => {
    let found: Readonly<Record<string, unknown>> | undefined;
    await eventually('the event is in the queue', async () => {
      const { Messages = [] } = await it.sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
      found = Messages.map(({ Body = '{}' }) => (JSON.parse(Body) as { readonly detail: Readonly<Record<string, unknown>> }).detail).find(fits);
      return found !== undefined;
    });
    return found ?? {};
  };

  before(async () => {
    it = await TestCloud.start({ deregistration: { kind: 'profile', profile: 'current' } });
    await it.cluster('web');
    front = await it.front('web');
    const { QueueUrl = '' } = await it.sqs.send(new CreateQueueCommand({ QueueName: 'interruptions' }));
    queueUrl = QueueUrl;
    await callEvents(it.cloud, 'PutRule', { Name: 'interruptions', EventPattern: JSON.stringify(RULE) });
    await callEvents(it.cloud, 'PutTargets', {
      Rule: 'interruptions',
      Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:interruptions' }],
    });
  });
  after(() => it.stop());

  test('runs its desired tasks as processes, and every waiter of the SDK is content', async () => {
    const taskDefinition = await it.definition('api', [process.execPath, web], { environment: { COLOR: 'blue' } });
    const { service } = await it.ecs.send(
      new CreateServiceCommand({
        cluster: 'web',
        serviceName: 'api',
        taskDefinition,
        desiredCount: 2,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: NETWORK,
        loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName: 'app', containerPort: 8080 }],
      }),
    );

    assert.equal(service?.status, 'ACTIVE');
    const { taskArns = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web', serviceName: 'api' }));
    await waitUntilTasksRunning({ client: it.ecs, ...WAIT }, { cluster: 'web', tasks: taskArns });
    await waitUntilTargetInService({ client: it.elb, ...WAIT }, { TargetGroupArn: front.targetGroupArn });
    await waitUntilServicesStable({ client: it.ecs, ...WAIT }, { cluster: 'web', services: ['api'] });
    const tasks = await running();
    assert.deepEqual(
      tasks.map(({ capacityProviderName, lastStatus, desiredStatus, launchType }) => ({
        capacityProviderName,
        lastStatus,
        desiredStatus,
        launchType,
      })),
      [1, 2].map(() => ({ capacityProviderName: 'FARGATE_SPOT', lastStatus: 'RUNNING', desiredStatus: 'RUNNING', launchType: 'FARGATE' })),
    );
    assert.deepEqual(Object.keys(await targetStates()).toSorted(), tasks.map(addressOf).toSorted());
  });

  test('answers through the listener, by all of its tasks', async () => {
    await eventually('both tasks have answered', async () => (await answers()).size === 2);

    for (const text of await answers()) assert.match(text, /^task blue http:\/\/127\.0\.0\.1/);
  });

  test('has a task taken back: notice in the queue, target draining, SIGTERM in the process', async () => {
    const before = await running();

    const [arn] = it.cloud.control.interrupt({ cluster: 'web', service: 'api' });

    const found = before.find(({ taskArn }) => taskArn === arn);
    assert.ok(found !== undefined);
    interrupted = found;
    const states = await targetStates();
    assert.equal(states[addressOf(interrupted)], 'draining');
    const notice = await received(({ lastStatus }) => lastStatus === 'RUNNING');
    assert.deepEqual(
      [notice['taskArn'], notice['desiredStatus'], notice['stopCode'], notice['stoppedReason'], notice['capacityProviderName']],
      [arn, 'STOPPED', 'SpotInterruption', 'Your Spot Task was interrupted.', 'FARGATE_SPOT'],
    );
    await eventually('SIGTERM arrives in the process', () => signals().length === 1);
    await waitUntilTasksStopped({ client: it.ecs, ...WAIT }, { cluster: 'web', tasks: [arn ?? ''] });
    const { tasks = [] } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: [arn ?? ''] }));
    const [stopped] = tasks;
    assert.deepEqual(
      [stopped?.stopCode, stopped?.containers?.[0]?.exitCode, stopped?.containers?.[0]?.lastStatus],
      ['SpotInterruption', 0, 'STOPPED'],
    );
    assert.ok(stopped?.stoppedAt instanceof Date && stopped.stoppingAt instanceof Date && stopped.stoppingAt <= stopped.stoppedAt);
  });

  test('is brought back to its strength by a replacement that serves', async () => {
    await waitUntilServicesStable({ client: it.ecs, ...WAIT }, { cluster: 'web', services: ['api'] });
    await eventually('two targets are healthy', async () => Object.values(await targetStates()).filter((state) => state === 'healthy').length === 2);

    const texts = await answers();

    assert.equal(texts.size, 2);
    assert.equal(
      (await running()).some(({ taskArn }) => taskArn === interrupted.taskArn),
      false,
    );
    const { services = [] } = await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['api'] }));
    assert.deepEqual([services[0]?.desiredCount, services[0]?.runningCount, services[0]?.pendingCount], [2, 2, 0]);
  });

  test('fires the same rule when a task is stopped with the reason of Spot', async () => {
    const [task] = await running();
    const count = signals().length;

    const answer = await it.ecs.send(new StopTaskCommand({ cluster: 'web', task: task?.taskArn ?? '', reason: 'Your Spot Task was interrupted.' }));

    assert.deepEqual(
      [answer.task?.desiredStatus, answer.task?.stopCode, answer.task?.stoppedReason],
      ['STOPPED', 'UserInitiated', 'Your Spot Task was interrupted.'],
    );
    const notice = await received(({ taskArn, lastStatus }) => taskArn === task?.taskArn && lastStatus === 'RUNNING');
    assert.equal(notice['stopCode'], 'UserInitiated');
    await eventually('SIGTERM follows when the deregistration delay is over', () => signals().length === count + 1);
  });

  test('goes away without a trace', async () => {
    await it.ecs.send(new DeleteServiceCommand({ cluster: 'web', service: 'api', force: true }));
    await waitUntilServicesInactive({ client: it.ecs, ...WAIT }, { cluster: 'web', services: ['api'] });

    await it.elb.send(new DeleteListenerCommand({ ListenerArn: front.listenerArn }));
    await it.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: front.targetGroupArn }));
    await it.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: front.loadBalancerArn }));
    const { cluster } = await it.ecs.send(new DeleteClusterCommand({ cluster: 'web' }));

    assert.equal(cluster?.status, 'INACTIVE');
    await assert.rejects(fetch(front.url));
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateServiceCommand, DescribeServicesCommand, DescribeTasksCommand, ListTasksCommand, type Service, type Task } from '@aws-sdk/client-ecs';
import { DeregisterTargetsCommand, DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { eventually } from '../../lab/support/processes.ts';
import { callEvents } from '../support/events-client.ts';
import { NETWORK, TestCloud } from '../support/local-cloud.ts';
import { flipStrategy, incrementOnEvent, RULE_OF_THE_ARTICLE, RULE_THAT_MATCHES, RULE_WITH_A_LITERAL_STAR } from './samples/handlers.ts';

const API = { cluster: 'web', service: 'api' };
const TASKS = 2;

// One story: each test goes on where the one before it stopped.
void describe('the ideas of public samples fail here as they do on AWS', () => {
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;

  const service = async (): Promise<Service> => {
    const { services } = await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['api'] }));
    assert.ok(services?.[0] !== undefined);
    return services[0];
  };
  const running = async (): Promise<readonly Task[]> => {
    const { taskArns = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web', serviceName: 'api' }));
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: taskArns }));
    return tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  };
  const targets = async (): Promise<readonly { readonly id: string; readonly state: string }[]> => {
    const { TargetHealthDescriptions = [] } = await it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: front.targetGroupArn }));
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({ id: Target?.Id ?? '', state: TargetHealth?.State ?? '' }));
  };
  const healthy = async (): Promise<readonly string[]> => (await targets()).filter(({ state }) => state === 'healthy').map(({ id }) => id);
  const queue = async (name: string, ...patterns: readonly object[]): Promise<string> => {
    const { QueueUrl = '' } = await it.sqs.send(new CreateQueueCommand({ QueueName: name }));
    for (const [index, pattern] of patterns.entries()) {
      await callEvents(it.cloud, 'PutRule', { Name: `${name}-${index}`, EventPattern: JSON.stringify(pattern) });
      const Targets = [{ Id: 'q', Arn: `arn:aws:sqs:us-east-1:111122223333:${name}` }];
      await callEvents(it.cloud, 'PutTargets', { Rule: `${name}-${index}`, Targets });
    }
    return QueueUrl;
  };
  /** Takes what is in the queue, as Lambda would; resolves to the states that the events told. */
  const handleAll = async (QueueUrl: string, handler: () => Promise<void>): Promise<readonly string[]> => {
    const { Messages = [] } = await it.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { ReceiptHandle } of Messages) {
      await handler();
      await it.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.map(({ Body = '' }) => (JSON.parse(Body) as { readonly detail: { readonly lastStatus: string } }).detail.lastStatus);
  };

  before(async () => {
    it = await TestCloud.start();
    await it.cluster('web');
    front = await it.front('web');
    const web = fileURLToPath(new URL('../fixtures/web.ts', import.meta.url));
    const taskDefinition = await it.definition('api', [process.execPath, web]);
    await it.ecs.send(
      new CreateServiceCommand({
        cluster: 'web',
        serviceName: 'api',
        taskDefinition,
        desiredCount: TASKS,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: NETWORK,
        loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName: 'app', containerPort: 8080 }],
      }),
    );
    await eventually('the service serves', async () => (await healthy()).length === TASKS, 40_000);
  });
  after(() => it.stop());

  test('one more task for each event: one interruption leaves the service larger by each state that the task went through, for ever', async () => {
    const right = await queue('interruptions', RULE_THAT_MATCHES);
    const wrong = await queue('never', RULE_OF_THE_ARTICLE, RULE_WITH_A_LITERAL_STAR);
    const told: string[] = [];

    it.cloud.control.interrupt(API);
    await eventually(
      'the last event of the task was handled',
      async () => {
        told.push(...(await handleAll(right, () => incrementOnEvent(it.ecs, API))));
        return told.includes('STOPPED');
      },
      30_000,
    );

    const { desiredCount } = await service();
    assert.ok(told.length >= 3, `one interruption has several events, got ${told.join()}`);
    assert.equal(desiredCount, TASKS + told.length);
    await eventually('ECS runs all of them', async () => (await running()).length === desiredCount, 40_000);
    assert.equal((await service()).desiredCount, desiredCount);
    // The same interruption, and both rules were there.
    assert.deepEqual(await handleAll(wrong, () => Promise.resolve()), [], 'neither the rule of the article nor the one with a star has ever fired');
  });

  test('flip of the strategy: refused without a new deployment; with one, every task is replaced, the healthy ones too, and none comes back to Spot', async () => {
    const before = await running();

    await assert.rejects(flipStrategy(it.ecs, API, {}), { name: 'InvalidParameterException', message: /you must force a new deployment/ });
    assert.deepEqual(new Set((await running()).map(({ taskArn }) => taskArn)), new Set(before.map(({ taskArn }) => taskArn)));
    await flipStrategy(it.ecs, API, { forceNewDeployment: true });

    await eventually(
      'the deployment is done',
      async () => {
        const { deployments = [], desiredCount } = await service();
        return deployments.length === 1 && (await running()).length === desiredCount;
      },
      60_000,
    );
    const now = await running();
    assert.deepEqual(
      now.filter(({ taskArn }) => before.some((task) => task.taskArn === taskArn)),
      [],
    );
    assert.deepEqual([...new Set(now.map(({ capacityProviderName }) => capacityProviderName))], ['FARGATE']);
    assert.deepEqual(it.cloud.control.interrupt({ ...API, count: 'all' }), [], 'Spot has capacity, and nothing of the service is on it');
  });

  test('deregistration without the port, or with another one, says that it succeeded and does nothing', async () => {
    await eventually('a target is healthy', async () => (await healthy()).length > 0, 30_000);
    const [Id = ''] = await healthy();
    const deregister = async (target: { readonly Port?: number }): Promise<string | undefined> => {
      await it.elb.send(new DeregisterTargetsCommand({ TargetGroupArn: front.targetGroupArn, Targets: [{ Id, ...target }] }));
      return (await targets()).find(({ id }) => id === Id)?.state;
    };

    assert.equal(await deregister({}), 'healthy');
    assert.equal(await deregister({ Port: 8081 }), 'healthy');
    assert.equal(await deregister({ Port: 8080 }), 'draining');
  });
});

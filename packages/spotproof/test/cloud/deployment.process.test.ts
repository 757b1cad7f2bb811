import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { ModifyLoadBalancerAttributesCommand, ModifyTargetGroupCommand, waitUntilTargetInService } from '@aws-sdk/client-elastic-load-balancing-v2';
import { eventually } from '../lab/support/processes.ts';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

const WAIT = { maxWaitTime: 25, minDelay: 1, maxDelay: 1 };

void describe('a service that changes', () => {
  const moody = fileURLToPath(new URL('./fixtures/moody.ts', import.meta.url));
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;
  const service = { cluster: 'web', service: 'api' };
  const command = [process.execPath, moody];
  const colored = (COLOR: string): { readonly environment: Record<string, string> } => ({
    environment: { COLOR, SICK: path.join(it.directory, 'sick') },
  });
  /** `blue 12345` of each task that answers. */
  const answers = async (): Promise<readonly string[]> => {
    const texts = new Set<string>();
    for (let count = 0; count < 6; count++) {
      const answer = await fetch(front.url);
      texts.add(`${answer.status} ${await answer.text()}`);
    }
    return [...texts];
  };
  const stable = (): Promise<unknown> => waitUntilServicesStable({ client: it.ecs, ...WAIT }, { cluster: 'web', services: ['api'] });

  before(async () => {
    it = await TestCloud.start();
    await it.cluster('web');
    front = await it.front('web', '1');
    await it.ecs.send(
      new CreateServiceCommand({
        cluster: 'web',
        serviceName: 'api',
        taskDefinition: await it.definition('api', command, colored('blue')),
        desiredCount: 1,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: NETWORK,
        loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName: 'app', containerPort: 8080 }],
      }),
    );
    await waitUntilTargetInService({ client: it.elb, ...WAIT }, { TargetGroupArn: front.targetGroupArn });
  });
  after(() => it.stop());

  test('rolls out a new task definition, and no request fails on the way', async () => {
    await it.ecs.send(new UpdateServiceCommand({ ...service, taskDefinition: await it.definition('api', command, colored('green')) }));

    const seen = new Set<string>();
    await eventually('only the new task answers', async () => {
      const texts = await answers();
      for (const text of texts) seen.add(text.split(' ').slice(0, 2).join(' '));
      return texts.every((text) => text.includes('green'));
    });
    await stable();
    const { services } = await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['api'] }));
    assert.deepEqual([...seen].toSorted(), ['200 blue', '200 green']);
    assert.deepEqual(
      services?.[0]?.deployments?.map(({ status, rolloutState, taskDefinition }) => [status, rolloutState, taskDefinition?.split('/').at(-1)]),
      [['PRIMARY', 'COMPLETED', 'api:2']],
    );
  });

  test('has a task replaced whose health checks fail', async () => {
    const { taskArns: before = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web' }));
    const [answer = ''] = await answers();

    writeFileSync(path.join(it.directory, `sick.${answer.split(' ').at(-1)}`), '');

    await eventually('another task runs', async () => {
      const { taskArns = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web' }));
      if (taskArns.length !== 1 || taskArns[0] === before[0]) return false;
      const { tasks } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: taskArns }));
      return tasks?.[0]?.lastStatus === 'RUNNING';
    });
    const { tasks } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: before }));
    assert.equal(tasks?.[0]?.stopCode, 'ServiceSchedulerInitiated');
    assert.match(tasks?.[0]?.stoppedReason ?? '', /health checks/);
  });

  test('keeps its connections when it is said once more how its balancer shall be, and when that is about something else', async (t) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const get = async (): Promise<ClientRequest> => {
      const call = request(front.url, { agent }).end();
      const [answer] = (await once(call, 'response')) as readonly IncomingMessage[];
      await once(answer?.resume() ?? call, 'end');
      return call;
    };
    await get();

    await it.elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn: front.loadBalancerArn,
        Attributes: [
          { Key: 'idle_timeout.timeout_seconds', Value: '60' },
          { Key: 'access_logs.s3.enabled', Value: 'true' },
        ],
      }),
    );
    await it.elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: front.targetGroupArn, HealthCheckPath: '/' }));

    assert.equal((await get()).reusedSocket, true);
  });

  test('goes on to be served when its health check is changed', async () => {
    await it.elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: front.targetGroupArn, HealthCheckPath: '/ready' }));

    await eventually('it answers', async () => (await answers()).every((text) => text.startsWith('200 green')));
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  GetTaskProtectionCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
  type Task,
} from '@aws-sdk/client-ecs';
import { DeregisterTargetsCommand, DescribeTargetHealthCommand, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { eventually } from '../lab/support/processes.ts';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

const WAIT = { maxWaitTime: 25, minDelay: 1, maxDelay: 1 };

void describe('a container', () => {
  const web = fileURLToPath(new URL('./fixtures/web.ts', import.meta.url));
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;
  let environment: Readonly<Record<string, string>>;
  let task: Task;

  const get = async (url: string | undefined): Promise<unknown> => {
    const answer = await fetch(url ?? '');
    assert.equal(answer.status, 200, url);
    return answer.json();
  };
  const stopped = async (tasks: readonly Task[] | undefined): Promise<readonly Task[]> => {
    const named = { cluster: 'web', tasks: (tasks ?? []).map(({ taskArn = '' }) => taskArn) };
    await waitUntilTasksStopped({ client: it.ecs, ...WAIT }, named);
    return (await it.ecs.send(new DescribeTasksCommand(named))).tasks ?? [];
  };

  before(async () => {
    // As somebody has it who works with AWS in the same shell.
    process.env['AWS_ACCESS_KEY_ID'] = 'mine';
    it = await TestCloud.start();
    await it.cluster('web');
    front = await it.front('web');
    const taskDefinition = await it.definition('api', [process.execPath, web], { environment: { COLOR: 'red' } });
    await it.ecs.send(
      new CreateServiceCommand({
        cluster: 'web',
        serviceName: 'api',
        taskDefinition,
        desiredCount: 1,
        launchType: 'FARGATE',
        propagateTags: 'SERVICE',
        enableECSManagedTags: true,
        tags: [{ key: 'team', value: 'shop' }],
        networkConfiguration: NETWORK,
        loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName: 'app', containerPort: 8080 }],
      }),
    );
    const { taskArns = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web' }));
    await waitUntilTasksRunning({ client: it.ecs, ...WAIT }, { cluster: 'web', tasks: taskArns });
    const { tasks = [] } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: taskArns }));
    assert.ok(tasks[0] !== undefined);
    [task] = tasks;
    // Our own program says so, in JSON.
    environment = (await (await fetch(`${front.url}/environment`)).json()) as Readonly<Record<string, string>>;
  });
  after(() => it.stop());

  test('finds the cloud by its environment, and nothing of the AWS settings of whoever started it', () => {
    const { AWS_ENDPOINT_URL, AWS_REGION, AWS_CONFIG_FILE, PORT, PORT_8080 } = environment;

    assert.deepEqual([AWS_ENDPOINT_URL, AWS_REGION, AWS_CONFIG_FILE], [it.cloud.url, 'us-east-1', '/dev/null']);
    assert.equal(environment['AWS_ACCESS_KEY_ID'], undefined);
    assert.match(PORT ?? '', /^\d+$/);
    assert.equal(PORT_8080, PORT);
  });

  test('learns from the metadata endpoint which task it is', async () => {
    const uri = environment['ECS_CONTAINER_METADATA_URI_V4'];
    const address = task.attachments?.[0]?.details?.find(({ name }) => name === 'privateIPv4Address')?.value;

    const container = (await get(uri)) as Readonly<Record<string, unknown>>;
    const whole = (await get(`${uri}/task`)) as Readonly<Record<string, unknown>>;

    assert.deepEqual([container['Name'], container['KnownStatus']], ['app', 'RUNNING']);
    const [network] = container['Networks'] as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual([network?.['NetworkMode'], network?.['IPv4Addresses'], network?.['AttachmentIndex']], ['awsvpc', [address], 0]);
    const shown = task.containers?.[0];
    assert.deepEqual([container['DockerId'], container['ContainerARN']], [shown?.runtimeId, shown?.containerArn]);
    assert.deepEqual(
      [whole['TaskARN'], whole['Family'], whole['Revision'], whole['ServiceName'], whole['AvailabilityZone'], whole['LaunchType']],
      [task.taskArn, 'api', '1', 'api', task.availabilityZone, 'FARGATE'],
    );
    assert.equal((await fetch(`${it.cloud.url}/v4/${'0'.repeat(32)}-${'0'.repeat(10)}/task`)).status, 404);
  });

  test('is tagged as its service says, and by ECS, which its metadata show too', async () => {
    const expected = { team: 'shop', 'aws:ecs:clusterName': 'web', 'aws:ecs:serviceName': 'api' };

    const { TaskTags } = (await get(`${environment['ECS_CONTAINER_METADATA_URI_V4']}/taskWithTags`)) as { readonly TaskTags: object };
    const { tags = [] } = await it.ecs.send(new ListTagsForResourceCommand({ resourceArn: task.taskArn }));

    assert.deepEqual(Object.fromEntries(tags.map(({ key, value }) => [key, value])), expected);
    assert.deepEqual(TaskTags, expected);
  });

  test('has failed to start when it ends before it listens: its service tries again ever later', async () => {
    const taskDefinition = await it.definition('broken', ['false']);
    const service = { cluster: 'web', serviceName: 'broken', taskDefinition, desiredCount: 1, launchType: 'FARGATE' } as const;

    await it.ecs.send(new CreateServiceCommand({ ...service, networkConfiguration: NETWORK }));

    await eventually('the deployment has a failed task', async () => {
      const { services } = await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['broken'] }));
      return services?.[0]?.deployments?.[0]?.failedTasks === 1;
    });
    const { taskArns: tasks } = await it.ecs.send(new ListTasksCommand({ cluster: 'web', family: 'broken', desiredStatus: 'STOPPED' }));
    const [ended] = (await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks }))).tasks ?? [];
    assert.deepEqual([ended?.startedAt, ended?.stopCode, ended?.containers?.[0]?.exitCode], [undefined, 'EssentialContainerExited', 1]);
    await it.ecs.send(new DeleteServiceCommand({ cluster: 'web', service: 'broken', force: true }));
  });

  test('is given credentials', async () => {
    const credentials = (await get(environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'])) as Readonly<Record<string, string>>;

    assert.ok(credentials['AccessKeyId'] !== undefined && credentials['Token'] !== undefined);
    assert.match(credentials['RoleArn'] ?? '', /^arn:aws:iam::111122223333:role\//);
    assert.ok(Date.parse(credentials['Expiration'] ?? '') > Date.now());
  });

  test('protects its task from scale-in by the agent, which the API then shows', async () => {
    const answer = await fetch(`${environment['ECS_AGENT_URI']}/task-protection/v1/state`, {
      method: 'PUT',
      body: JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 5 }),
    });

    const { protection } = (await answer.json()) as { readonly protection: Readonly<Record<string, unknown>> };
    assert.deepEqual([protection['ProtectionEnabled'], protection['TaskArn']], [true, task.taskArn]);
    const { protectedTasks } = await it.ecs.send(new GetTaskProtectionCommand({ cluster: 'web', tasks: [task.taskArn ?? ''] }));
    assert.deepEqual(
      protectedTasks?.map(({ taskArn, protectionEnabled }) => ({ taskArn, protectionEnabled })),
      [{ taskArn: task.taskArn, protectionEnabled: true }],
    );
  });

  test('runs what RunTask says instead of its command, and its exit code is shown', async () => {
    const { tasks, failures } = await it.ecs.send(
      new RunTaskCommand({
        cluster: 'web',
        taskDefinition: 'api',
        launchType: 'FARGATE',
        startedBy: 'somebody',
        networkConfiguration: NETWORK,
        tags: [{ key: 'job', value: 'one' }],
        enableExecuteCommand: true,
        overrides: {
          cpu: '512',
          memory: '1024',
          containerOverrides: [
            { name: 'app', command: ['sh', '-c', 'echo $COLOR $PORT {port}; exit 3'], environment: [{ name: 'COLOR', value: 'green' }] },
          ],
        },
      }),
    );
    assert.deepEqual(failures, []);

    const [ended] = await stopped(tasks);

    assert.deepEqual(
      [ended?.stopCode, ended?.stoppedReason, ended?.containers?.[0]?.exitCode, ended?.startedBy, ended?.launchType, ended?.capacityProviderName],
      ['EssentialContainerExited', 'Essential container in task exited', 3, 'somebody', 'FARGATE', undefined],
    );
    assert.deepEqual([ended?.cpu, ended?.memory, ended?.enableExecuteCommand, ended?.overrides?.cpu], ['512', '1024', true, '512']);
    assert.ok(ended?.startedAt !== undefined, 'a job that never listens has run');
    const id = ended?.taskArn?.split('/').at(-1);
    const [color, port, replaced] = readFileSync(path.join(it.directory, 'tasks', `${id}.app.log`), 'utf8')
      .trim()
      .split(' ');
    assert.deepEqual([color, replaced], ['green', port]);
  });

  test('takes the others of its task along when it is essential and ends', async () => {
    await it.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'pair',
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          { name: 'main', image: 'x', command: ['sh', '-c', 'sleep 0.2; exit 4'] },
          {
            name: 'sidecar',
            image: 'x',
            essential: false,
            stopTimeout: 2,
            command: ['sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.05; done'],
          },
          { name: 'once', image: 'x', essential: false, command: ['true'] },
        ],
      }),
    );
    const { tasks } = await it.ecs.send(
      new RunTaskCommand({ cluster: 'web', taskDefinition: 'pair', launchType: 'FARGATE', networkConfiguration: NETWORK }),
    );

    const [ended] = await stopped(tasks);

    assert.deepEqual(Object.fromEntries((ended?.containers ?? []).map(({ name, exitCode, lastStatus }) => [name, [exitCode, lastStatus]])), {
      main: [4, 'STOPPED'],
      sidecar: [5, 'STOPPED'],
      once: [0, 'STOPPED'],
    });
  });

  test('is not found for a capacity that there is not: RunTask says so and nobody tries again', async () => {
    it.cloud.control.capacity({ launches: 0 });

    const { tasks, failures } = await it.ecs.send(
      new RunTaskCommand({
        cluster: 'web',
        taskDefinition: 'api',
        count: 2,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: NETWORK,
      }),
    );

    it.cloud.control.capacity({ launches: null });
    assert.deepEqual([tasks?.length, failures?.length], [0, 2]);
    assert.match(failures?.[0]?.reason ?? '', /Capacity is unavailable at this time/);
  });

  test('shares its target group with what is registered by address, until that is taken out by address and port', async (t) => {
    const server = createServer((_, response) => response.end('by address')).listen(0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await eventually('it listens', () => server.listening);
    const { port } = server.address() as { readonly port: number };
    const target = { TargetGroupArn: front.targetGroupArn, Targets: [{ Id: '127.0.0.1', Port: port }] };
    const state = async (): Promise<string | undefined> =>
      (await it.elb.send(new DescribeTargetHealthCommand(target))).TargetHealthDescriptions?.[0]?.TargetHealth?.State;

    await it.elb.send(new RegisterTargetsCommand(target));

    await eventually('it is healthy', async () => (await state()) === 'healthy');
    await eventually('it answers', async () => (await (await fetch(front.url)).text()) === 'by address');
    await it.elb.send(new DeregisterTargetsCommand({ ...target, Targets: [{ Id: '127.0.0.1', Port: port + 1 }] }));
    assert.equal(await state(), 'healthy');
    await it.elb.send(new DeregisterTargetsCommand(target));
    assert.equal(await state(), 'draining');
    await eventually('it is shown no longer when its delay is over', async () => (await state()) === 'unused');
  });
});

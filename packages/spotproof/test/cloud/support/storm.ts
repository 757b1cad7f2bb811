import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateServiceCommand, DescribeServicesCommand, type CreateServiceCommandInput, type Service } from '@aws-sdk/client-ecs';
import { waitUntilTargetInService } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { DeliveryProfile, Replacement } from '@spotproof/world';
import { eventually } from '../../lab/support/processes.ts';
import { requestSpec, startLoad } from '../../load/load-process.ts';
import { callEvents } from './events-client.ts';
import { NETWORK, TestCloud } from './local-cloud.ts';

export interface Storm {
  /** Tasks of the primary service. */
  readonly tasks: number;
  readonly interrupted: number | 'all';
  /** Spot has nothing to give until the twin stands in. */
  readonly drought: boolean;
  readonly delivery: DeliveryProfile;
  readonly replacement: Replacement;
}

export interface StormResult {
  readonly sent: number;
  /** What became of the requests that were not answered as they should. */
  readonly lost: readonly string[];
  /** From the interruption until as many tasks ran as before, on Spot or on the twin. */
  readonly strengthAfterMs: number;
  readonly mostFallback: number;
  /** Desired counts when all was over. */
  readonly end: { readonly primary: number; readonly fallback: number };
  readonly decisions: readonly { readonly type: string; readonly outcome?: string; readonly why?: string }[];
}

/**
 * A service with a twin on the local cloud, real tasks under load, and `spotproof controller` as a process of its own that knows nothing but the
 * endpoint: interrupts, waits until the service is at strength, gives Spot back, waits until nothing is left over.
 */
export async function weather(storm: Storm): Promise<StormResult> {
  const cloud = await TestCloud.start({ delivery: storm.delivery, replacement: storm.replacement });
  try {
    const front = await cloud.front('web', '5');
    await createServices(cloud, front.targetGroupArn, storm.tasks);
    await waitUntilTargetInService({ client: cloud.elb, maxWaitTime: 40, minDelay: 1, maxDelay: 1 }, { TargetGroupArn: front.targetGroupArn });
    await eventually('all tasks run', async () => (await describe(cloud, 'api')).runningCount === storm.tasks);
    await using controller = await startController(cloud);
    const { hostname: host, port } = new URL(front.url);
    await using load = startLoad({
      nodes: [{ name: 'node-a', host, port: Number(port) }],
      ratePerSecond: 15,
      seed: 1,
      requests: [requestSpec({ path: '/hello' })],
      maxDurationMs: 700_000,
    });
    await load.waitFor('progress', 3);

    if (storm.drought) cloud.cloud.control.capacity({ launches: 0 });
    const interruptedAt = performance.now();
    cloud.cloud.control.interrupt({ cluster: 'web', service: 'api', count: storm.interrupted });
    let mostFallback = 0;
    const running = async (): Promise<number> => {
      const [primary, fallback] = [await describe(cloud, 'api'), await describe(cloud, 'api-fallback')];
      mostFallback = Math.max(mostFallback, fallback.desiredCount ?? 0);
      // A service never counts tasks that are told to stop.
      return (primary.runningCount ?? 0) + (fallback.runningCount ?? 0);
    };
    await eventually('the service is at strength', async () => (await running()) >= storm.tasks, 100_000);
    const strengthAfterMs = performance.now() - interruptedAt;
    cloud.cloud.control.capacity({ launches: null });
    await eventually(
      'Spot is back and nothing is left of the fallback',
      async () => {
        await running();
        const [primary, fallback] = [await describe(cloud, 'api'), await describe(cloud, 'api-fallback')];
        return primary.runningCount === storm.tasks && fallback.desiredCount === 0 && fallback.runningCount === 0;
      },
      // Without events, a tick a minute does one step after the other.
      storm.delivery === 'silent' ? 480_000 : 150_000,
    );

    const { records } = await load.finish();
    const [primary, fallback] = [await describe(cloud, 'api'), await describe(cloud, 'api-fallback')];
    return {
      sent: records.length,
      lost: records.filter(({ outcome }) => outcome !== 'answered').map(({ outcome, status }) => `${outcome} ${status ?? ''}`.trim()),
      strengthAfterMs,
      mostFallback,
      end: { primary: primary.desiredCount ?? Number.NaN, fallback: fallback.desiredCount ?? Number.NaN },
      decisions: controller.decisions(),
    };
  } finally {
    await cloud.stop();
  }
}

async function createServices(cloud: TestCloud, targetGroupArn: string, tasks: number): Promise<void> {
  await cloud.cluster('web');
  const taskDefinition = await cloud.definition(
    'api',
    [process.execPath, ...PROTECTED, fileURLToPath(new URL('../fixtures/patient-web.ts', import.meta.url))],
    {
      stopTimeout: 15,
      environment: { SPOTPROOF_STOP_TIMEOUT: '15' },
    },
  );
  const common: Partial<CreateServiceCommandInput> = {
    cluster: 'web',
    taskDefinition,
    networkConfiguration: NETWORK,
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
  };
  await cloud.ecs.send(
    new CreateServiceCommand({
      ...common,
      serviceName: 'api',
      desiredCount: tasks,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    }),
  );
  await cloud.ecs.send(new CreateServiceCommand({ ...common, serviceName: 'api-fallback', desiredCount: 0, launchType: 'FARGATE' }));
}

interface RunningController extends AsyncDisposable {
  decisions(): StormResult['decisions'];
}

async function startController(cloud: TestCloud): Promise<RunningController> {
  const { QueueUrl: queueUrl = '' } = await cloud.sqs.send(new CreateQueueCommand({ QueueName: 'ecs-events' }));
  await callEvents(cloud.cloud, 'PutRule', { Name: 'ecs', EventPattern: JSON.stringify({ source: ['aws.ecs'] }) });
  await callEvents(cloud.cloud, 'PutTargets', { Rule: 'ecs', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:ecs-events' }] });
  await cloud.dynamo.send(
    new CreateTableCommand({
      TableName: 'memory',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const units = path.join(cloud.directory, 'units.json');
  // As soon as all is well again, and in quick steps: minutes of waiting would show nothing new here.
  await writeFile(
    units,
    JSON.stringify([{ cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 20, stableForSeconds: 0, releaseIntervalSeconds: 1 }]),
  );
  const child = spawn(
    process.execPath,
    [...SOURCE, COMMAND, 'controller', '--units', units, '--queue-url', queueUrl, '--memory-table', 'memory', '--endpoint', cloud.cloud.url],
    { env: { ...process.env, ...cloud.cloud.environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let problems = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (problems += String(chunk)));
  await eventually('the controller has decided something', () => output.includes('"type":"reconcile"'));
  return {
    decisions: () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line): StormResult['decisions'][number] => JSON.parse(line)),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exited;
      assert.equal(code, 0, `the controller ended with ${String(code)}: ${problems}`);
    },
  };
}

async function describe(cloud: TestCloud, service: string): Promise<Service> {
  const { services } = await cloud.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: [service] }));
  assert.ok(services?.[0] !== undefined, `service ${service} is there`);
  return services[0];
}

const SOURCE = ['--conditions=@spotproof/source'];
const PROTECTED = [...SOURCE, '--import', import.meta.resolve('@spotproof/runtime/auto')];
const COMMAND = fileURLToPath(new URL('./cloud-command.program.ts', import.meta.url));

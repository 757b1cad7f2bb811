import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { SpotproofError } from '@spotproof/core';
import type { World } from '@spotproof/world';
import { makeRunDirectory } from '../lab/run-files.ts';
import { findIsolation, type Isolation } from '../lab/tasks/isolation.ts';
import { zonesOf, type Account } from './account.ts';
import { autoScalingService } from './autoscaling/autoscaling-service.ts';
import { callFromInside } from './call.ts';
import { Control } from './control/control.ts';
import { answerControl } from './control/control-endpoint.ts';
import { DynamoDb } from './dynamodb/dynamodb.ts';
import { Clusters } from './ecs/clusters.ts';
import { ecsService } from './ecs/ecs-service.ts';
import type { Resources } from './ecs/resources.ts';
import { TaskDefinitions } from './ecs/task-definitions.ts';
import { elbV2Service } from './elbv2/elbv2-service.ts';
import { LoadBalancers } from './elbv2/load-balancers.ts';
import { TargetGroups } from './elbv2/target-groups.ts';
import { epochClock } from './epoch-clock.ts';
import { EventDelivery } from './events/event-delivery.ts';
import { Events } from './events/events-service.ts';
import { answerInTask } from './in-task/in-task-endpoints.ts';
import { isForLoopback } from './loopback-only.ts';
import {
  checkCloudOptions,
  type CloudOptions,
  DEFAULT_ACCOUNT,
  DEFAULT_DELAYS,
  DEFAULT_NEW_CONNECTIONS_MS,
  DEFAULT_NODE_LAG_MS,
  DEFAULT_REGION,
  DEFAULT_START_TIMEOUT_MS,
} from './options.ts';
import { Sqs } from './sqs/sqs-service.ts';
import { Subnets } from './subnets.ts';
import { Tags } from './tags.ts';
import { LocalTasks } from './tasks/local-tasks.ts';
import { createThrottle } from './throttle.ts';
import { createEndpoint } from './wire/endpoint.ts';

/** A local AWS: one endpoint for ECS, Elastic Load Balancing, EventBridge, Application Auto Scaling, SQS and DynamoDB, behind which tasks really run. */
export interface Cloud {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly region: string;
  /** What lets a caller use the control endpoint. */
  readonly token: string;
  readonly isolation: Isolation;
  /** Interruptions, capacity and alarms. */
  readonly control: Control;
  /** A call of an AWS client, made from inside: `call('Amazon ECS', 'CreateCluster', {…})`. Rejects with a `CloudFault` when AWS would refuse it. */
  call(service: string, operation: string, input: object): Promise<unknown>;
  /** The model behind a cluster, to be read at once; undefined for one that there never was. */
  worldOf(cluster: string): World | undefined;
  /** What AWS clients must find in their environment to come here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every task (SIGTERM, and SIGKILL after `graceMs`), every balancer and the endpoint. Leaves no process behind; safe to call twice. */
  close(graceMs?: number): Promise<void>;
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for an option out of range, `SPOTPROOF_PLATFORM` for a port that cannot be had. */
export async function createCloud(options: CloudOptions): Promise<Cloud> {
  checkCloudOptions(options);
  const account: Account = { id: options.account ?? DEFAULT_ACCOUNT, region: options.region ?? DEFAULT_REGION };
  await makeRunDirectory('directory', path.join(options.directory, 'tasks'));
  const isolation = await findIsolation(options.pidNamespaces ?? 'auto');
  const token = randomBytes(16).toString('hex');
  const parts = assemble(options, { account, isolation, url: () => url });

  const watch = { admit: parts.admit, ...(options.onCall === undefined ? {} : { record: options.onCall }) };
  const answerAws = createEndpoint({ services: parts.services, ...watch });
  const dynamoDb = new DynamoDb(watch);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isForLoopback(request)) {
      response.writeHead(403).end('This endpoint answers programs of this machine only, by the name 127.0.0.1 or localhost.');
      return;
    }
    if (await answerControl({ control: parts.control, token }, request, response)) return;
    if (await answerInTask(parts.resources, request, response)) return;
    if (!(await dynamoDb.answer(request, response))) answerAws(request, response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The caller is gone before it has said all.
      if (!request.complete) {
        response.destroy();
        return;
      }
      options.onTrouble?.(`The cloud failed at ${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // Longer than AWS clients keep one unused between two calls, or the close would meet the next call on its way.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;

  let closing: Promise<void> | undefined;
  const close = async (graceMs: number): Promise<void> => {
    parts.clusters.close();
    parts.delivery.close();
    await Promise.all([parts.tasks.close(graceMs), parts.groups.close()]);
    server.close();
    server.closeAllConnections();
  };
  return {
    url,
    region: account.region,
    token,
    isolation,
    control: parts.control,
    call: (service, operation, input) => callFromInside(parts.services, service, operation, input),
    worldOf: (cluster) => parts.clusters.find(cluster)?.world.state,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      AWS_ACCESS_KEY_ID: 'spotproof',
      AWS_SECRET_ACCESS_KEY: 'spotproof',
      SPOTPROOF_CLOUD_TOKEN: token,
    },
    close: (graceMs = DEFAULT_GRACE_MS) => (closing ??= close(graceMs)),
  };
}

function assemble(
  options: CloudOptions,
  { account, isolation, url }: { readonly account: Account; readonly isolation: Isolation; readonly url: () => string },
) {
  const { directory, delivery: profile = 'prompt', seed = 1, onTrouble = () => {}, watch } = options;
  const clock = epochClock;
  const sqs = new Sqs({ clock, region: account.region, account: account.id, baseUrl: url });
  const events = new Events({ clock, region: account.region, account: account.id, deliver: (target, body) => sqs.deliver(target, body) });
  const delivery = new EventDelivery({ profile, seed, clock, publish: (event) => events.publish(event) });
  const groups = new TargetGroups({
    account,
    directory,
    onTaskHealth: (targetGroupArn, taskId, health) => clusters.tellHealth(targetGroupArn, taskId, health),
    onTrouble,
    newConnectionsMs: [0, options.maxNewConnectionsMs ?? DEFAULT_NEW_CONNECTIONS_MS],
    watch,
  });
  const tasks = new LocalTasks({
    isolation,
    region: account.region,
    cwd: options.cwd ?? '.',
    directory: path.join(directory, 'tasks'),
    endpoint: url,
    watch,
    startTimeoutMs: options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
    onError: (error) => onTrouble(`A task could not be started: ${error instanceof Error ? error.message : String(error)}`),
  });
  const tags = new Tags('InvalidParameterException');
  const definitions = new TaskDefinitions(account, tags);
  const clusters: Clusters = new Clusters({
    account,
    seed,
    behaviour: {
      deregistration: options.deregistration ?? { kind: 'profile', profile: 'late' },
      maxNodeLagMs: options.maxNodeLagMs ?? DEFAULT_NODE_LAG_MS,
      replacement: options.replacement ?? 'at-notice',
      delays: options.delays ?? DEFAULT_DELAYS,
    },
    groups,
    tasks,
    definitions,
    delivery,
    tags,
    watch,
  });
  const subnets = new Subnets(zonesOf(account));
  const resources: Resources = { account, clusters, definitions, groups, tasks, subnets, tags };
  const elbTags = new Tags('ValidationError');
  const balancers = new LoadBalancers({ account, subnets, tags: elbTags });
  const throttle = options.throttle === true ? createThrottle() : undefined;
  return {
    clusters,
    delivery,
    groups,
    tasks,
    resources,
    control: new Control(clusters),
    services: [
      ecsService(resources),
      elbV2Service({ balancers, groups, tasks: clusters, tags: elbTags }),
      events.service,
      autoScalingService({ account, clusters }),
      sqs.service,
    ],
    admit: (call: { readonly service: string; readonly operation: string }) => {
      throttle?.(call);
      options.admit?.(call);
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SpotproofError('SPOTPROOF_PLATFORM', `Port ${port} of 127.0.0.1 cannot be listened on: ${String(error)}. Choose another one.`, {
      cause: error,
    });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

const DEFAULT_GRACE_MS = 2000;
const KEEP_ALIVE_MS = 75_000;

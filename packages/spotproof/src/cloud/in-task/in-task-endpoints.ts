import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeTask, type TaskDescription } from '@spotproof/world';
import { epochNow } from '../../epoch.ts';
import { readBody } from '../wire/read-body.ts';
import type { Cluster } from '../ecs/cluster.ts';
import { protect, protectionOf, type Protection } from '../ecs/protection-operations.ts';
import { containerArn, MAC_ADDRESS, privateDnsName, runtimeId } from '../ecs/describe-task.ts';
import type { Resources } from '../ecs/resources.ts';
import type { NamedContainer } from '../ecs/check-containers.ts';

/**
 * What a container on Fargate finds beside itself: task metadata version 4, task scale-in protection and credentials. Each container has addresses of
 * its own, which nobody else can guess.
 *
 * @returns False when the request is for something else.
 */
export async function answerInTask(resources: Resources, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const match = /^\/(v4|api|credentials)\/([0-9a-f]{32}-[0-9a-f]{10})(?:\/([^?]*))?(?:\?.*)?$/.exec(request.url ?? '');
  if (match === null) return false;
  const [, endpoint, token = '', rest = ''] = match;
  const asker = whoAsks(resources, token);
  if (asker === undefined) send(response, 404, { message: 'There is no such container, or it has ended.' });
  else if (endpoint === 'credentials') send(response, 200, credentials(resources, asker));
  else if (endpoint === 'v4') answerMetadata(resources, asker, rest, response);
  else await answerAgent(asker, rest, request, response);
  return true;
}

interface Asker {
  readonly cluster: Cluster;
  readonly task: TaskDescription;
  readonly container: string;
}

function whoAsks({ clusters, tasks }: Resources, token: string): Asker | undefined {
  const identity = tasks.whoHas(token);
  const cluster = identity === undefined ? undefined : clusters.find(identity.cluster);
  const task = identity === undefined || cluster === undefined ? undefined : describeTask(cluster.world.state, identity.taskId);
  return identity === undefined || cluster === undefined || task === undefined ? undefined : { cluster, task, container: identity.container };
}

function answerMetadata(resources: Resources, asker: Asker, rest: string, response: ServerResponse): void {
  const { task, cluster } = asker;
  const definition = resources.definitions.find(task.taskDefinitionArn);
  if (definition === undefined || !['', 'task', 'taskWithTags'].includes(rest)) {
    send(response, 404, { message: 'Served here are the container, /task and /taskWithTags.' });
    return;
  }
  const containers = definition.containers.map((container, index) => ({
    name: container.name,
    shown: showContainer(resources, task, container, index),
  }));
  if (rest === '') {
    send(response, 200, containers.find(({ name }) => name === asker.container)?.shown ?? {});
    return;
  }
  const [service] = task.group.startsWith('service:') ? [task.group.slice('service:'.length)] : [];
  send(response, 200, {
    Cluster: cluster.arn,
    TaskARN: task.taskArn,
    Family: definition.family,
    Revision: String(definition.revision),
    ServiceName: service,
    ...status(task),
    Limits: { CPU: Number(task.cpu) / 1024, Memory: Number(task.memory) },
    PullStartedAt: iso(task.createdAt),
    PullStoppedAt: iso(task.createdAt),
    AvailabilityZone: task.availabilityZone,
    LaunchType: 'FARGATE',
    // Nothing here is measured: there is no disk of the task's own, and one clock.
    ClockDrift: { ClockErrorBound: 0, ReferenceTimestamp: iso(epochNow()), ClockSynchronizationStatus: 'SYNCHRONIZED' },
    EphemeralStorageMetrics: { Utilized: 0, Reserved: 20_496 },
    FaultInjectionEnabled: false,
    ...(rest === 'task' ? {} : { TaskTags: Object.fromEntries(resources.tags.of(task.taskArn).map(({ key, value }) => [key, value])) }),
    Containers: containers.map(({ shown }) => shown),
  });
}

function showContainer(
  { account }: Resources,
  task: TaskDescription,
  { name, image, cpu = 0, memory, logConfiguration }: NamedContainer,
  index: number,
): object {
  const [family, revision] = task.taskDefinitionArn.slice(task.taskDefinitionArn.lastIndexOf('/') + 1).split(':');
  return {
    DockerId: runtimeId(task, index),
    Name: name,
    DockerName: name,
    Image: image,
    Labels: {
      'com.amazonaws.ecs.cluster': task.clusterArn,
      'com.amazonaws.ecs.container-name': name,
      'com.amazonaws.ecs.task-arn': task.taskArn,
      'com.amazonaws.ecs.task-definition-family': family,
      'com.amazonaws.ecs.task-definition-version': revision,
    },
    ...status(task),
    Limits: { CPU: cpu, ...(memory === undefined ? {} : { Memory: memory }) },
    CreatedAt: iso(task.createdAt),
    StartedAt: iso(task.startedAt ?? task.createdAt),
    Type: 'NORMAL',
    ...(logConfiguration === undefined ? {} : { LogDriver: logConfiguration.logDriver, LogOptions: logConfiguration.options ?? {} }),
    ContainerARN: containerArn(account, task, index),
    Networks: [
      {
        NetworkMode: 'awsvpc',
        IPv4Addresses: [task.privateIpv4Address],
        AttachmentIndex: 0,
        MACAddress: MAC_ADDRESS,
        PrivateDNSName: privateDnsName(task.privateIpv4Address),
      },
    ],
  };
}

/** Here a task is RUNNING until its containers have ended: it cannot see that it is being taken back (containers-roadmap #2012). */
function status({ executionStoppedAt }: TaskDescription): object {
  const shown = executionStoppedAt === undefined ? 'RUNNING' : 'STOPPED';
  return { DesiredStatus: shown, KnownStatus: shown };
}

/** The paths and bodies of "Task scale-in protection endpoint". */
async function answerAgent({ cluster, task }: Asker, rest: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (rest !== 'task-protection/v1/state') {
    send(response, 404, { message: 'Served here is /task-protection/v1/state.' });
    return;
  }
  if (request.method === 'GET') {
    sendProtection(response, protectionOf(cluster, task.taskId));
    return;
  }
  const input = parse((await readBody(request)) ?? '');
  const enabled = input.get('ProtectionEnabled');
  const minutes = input.get('ExpiresInMinutes');
  if (
    typeof enabled !== 'boolean' ||
    (minutes !== undefined && !(typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 2880))
  ) {
    const Message = 'ProtectionEnabled must be true or false, ExpiresInMinutes a whole number from 1 to 2880.';
    send(response, 400, { requestID: randomUUID(), error: { Arn: task.taskArn, Code: 'InvalidParameterException', Message } });
    return;
  }
  sendProtection(
    response,
    protect(cluster, task.taskId, { protectionEnabled: enabled, ...(typeof minutes === 'number' ? { expiresInMinutes: minutes } : {}) }),
  );
}

function sendProtection(response: ServerResponse, protection: Protection): void {
  if ('failed' in protection) {
    const { arn, reason, detail } = protection.failed;
    send(response, 200, { failure: { Arn: arn, Detail: detail ?? null, Reason: reason } });
    return;
  }
  const { protectionEnabled, expirationDate, taskArn } = protection;
  send(response, 200, {
    protection: { ProtectionEnabled: protectionEnabled, ExpirationDate: expirationDate?.toISOString() ?? null, TaskArn: taskArn },
  });
}

/** They open nothing: signatures are not looked at here. */
function credentials({ account, definitions }: Resources, { task }: Asker): object {
  return {
    RoleArn: definitions.find(task.taskDefinitionArn)?.given.taskRoleArn ?? `arn:aws:iam::${account.id}:role/task`,
    AccessKeyId: 'AKIASPOTPROOFLOCAL00',
    SecretAccessKey: 'spotproof',
    Token: 'spotproof',
    Expiration: new Date(epochNow() + CREDENTIALS_MS).toISOString(),
  };
}

function parse(body: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return new Map(Object.entries(Object(value)));
  } catch {
    return new Map();
  }
}

function send(response: ServerResponse, statusCode: number, body: object): void {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

const CREDENTIALS_MS = 6 * 3_600_000;

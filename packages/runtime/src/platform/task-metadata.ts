import { askAgent, at, textAt } from './agent-request.ts';

/** Which ECS task this process runs in. */
export interface TaskIdentity {
  readonly taskArn: string;
  /** Name or ARN. */
  readonly cluster: string | undefined;
  readonly family: string | undefined;
  readonly revision: string | undefined;
  readonly service: string | undefined;
  readonly availabilityZone: string | undefined;
  /** The task's own address, under which an `ip` target group knows it. */
  readonly privateIpv4Address: string | undefined;
}

/**
 * Asks the task metadata endpoint, version 4, who we are (ECS: "Task metadata endpoint version 4", path `/task`). It tells nothing about Spot or about
 * an interruption to come, so it is asked once.
 *
 * @param uri The value of `ECS_CONTAINER_METADATA_URI_V4`.
 * @returns Undefined when there was no answer that makes sense in time.
 */
export async function readTaskMetadata(uri: string, timeoutMs = METADATA_MS): Promise<TaskIdentity | undefined> {
  const answer = await askAgent({ method: 'GET', url: `${uri}/task`, timeoutMs });
  return answer.outcome === 'answered' && answer.status === 200 ? taskOf(answer.body) : undefined;
}

/**
 * @param body As in `{"Cluster":"default","TaskARN":"arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c","Family":"orders",
 *   "Revision":"26","ServiceName":"orders","DesiredStatus":"RUNNING","KnownStatus":"RUNNING","AvailabilityZone":"us-west-2d","LaunchType":"FARGATE",
 *   "Containers":[{"Name":"app","Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["10.0.2.106"]}]}]}`
 */
function taskOf(body: unknown): TaskIdentity | undefined {
  const taskArn = textAt(body, 'TaskARN');
  if (taskArn === undefined) return undefined;
  return {
    taskArn,
    cluster: textAt(body, 'Cluster'),
    family: textAt(body, 'Family'),
    revision: textAt(body, 'Revision'),
    service: textAt(body, 'ServiceName'),
    availabilityZone: textAt(body, 'AvailabilityZone'),
    privateIpv4Address: addressOf(at(body, 'Containers')),
  };
}

/** All containers of a Fargate task share one network interface; which of them tells it first does not matter. */
function addressOf(containers: unknown): string | undefined {
  if (!Array.isArray(containers)) return undefined;
  for (const container of containers) {
    const address = textAt(container, 'Networks', 0, 'IPv4Addresses', 0);
    if (address !== undefined) return address;
  }
  return undefined;
}

const METADATA_MS = 1_000;

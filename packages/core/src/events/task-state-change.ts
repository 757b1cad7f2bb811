// {
//   "version": "0", "id": "9bcdac79-b31f-4d3d-9410-fbd727c29fab", "detail-type": "ECS Task State Change", "source": "aws.ecs",
//   "account": "111122223333", "time": "2026-01-23T17:57:58Z", "region": "us-west-2",
//   "resources": ["arn:aws:ecs:us-west-2:111122223333:task/web/2a1f8e0b9c6d4f7e"],
//   "detail": {
//     "attachments": [{ "id": "1789bcae", "type": "eni", "status": "ATTACHED",
//       "details": [{ "name": "subnetId", "value": "subnet-0a" }, { "name": "privateIPv4Address", "value": "10.0.0.139" }] }],
//     "availabilityZone": "us-west-2c", "capacityProviderName": "FARGATE_SPOT",
//     "clusterArn": "arn:aws:ecs:us-west-2:111122223333:cluster/web", "group": "service:api", "launchType": "FARGATE",
//     "lastStatus": "RUNNING", "desiredStatus": "STOPPED", "startedBy": "ecs-svc/7555234739371397917",
//     "stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted.",
//     "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/web/2a1f8e0b9c6d4f7e",
//     "taskDefinitionArn": "arn:aws:ecs:us-west-2:111122223333:task-definition/api:7", "version": 7 } }
import type { Fields } from './fields.ts';
import { isSpotInterruption } from './spot-interruption.ts';
import type { EventEnvelope } from './envelope.ts';

/** A task or one of its containers changed. One interruption gives three to six of these. */
export interface TaskStateChange extends EventEnvelope {
  readonly kind: 'task-state-change';
  readonly clusterArn: string;
  readonly taskArn: string;
  /** Goes up with each change of the task; a second delivery has the same (ECS developer guide, "Handling Amazon ECS events"). */
  readonly version: number;
  /** Of `group: "service:<name>"`; undefined for a task that belongs to no service. */
  readonly serviceName: string | undefined;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly stopCode: string | undefined;
  readonly stoppedReason: string | undefined;
  readonly capacityProviderName: string | undefined;
  readonly availabilityZone: string | undefined;
  /** Of its network interface: the address by which an `ip` target group knows it. */
  readonly privateIpv4Address: string | undefined;
  /** Of a dual-stack or IPv6-only task; a target group of IPv6 addresses knows it by this one. */
  readonly ipv6Address: string | undefined;
  /** AWS takes the task back. Stays true for all later events of the task. */
  readonly isSpotInterruption: boolean;
}

export function parseTaskStateChange(envelope: EventEnvelope, detail: Fields): TaskStateChange {
  const stopCode = detail.optionalText('stopCode');
  const stoppedReason = detail.optionalText('stoppedReason');
  const desiredStatus = detail.text('desiredStatus');
  const group = detail.optionalText('group');
  return {
    ...envelope,
    kind: 'task-state-change',
    clusterArn: detail.text('clusterArn'),
    taskArn: detail.text('taskArn'),
    version: detail.whole('version'),
    serviceName: group?.startsWith(SERVICE_GROUP) === true ? group.slice(SERVICE_GROUP.length) : undefined,
    lastStatus: detail.text('lastStatus'),
    desiredStatus,
    stopCode,
    stoppedReason,
    capacityProviderName: detail.optionalText('capacityProviderName'),
    availabilityZone: detail.optionalText('availabilityZone'),
    privateIpv4Address: addressOf(detail),
    ipv6Address: ofInterface(detail, 'ipv6Address'),
    isSpotInterruption: isSpotInterruption({ desiredStatus, stopCode, stoppedReason }),
  };
}

/** Attachments of other types (Service Connect, storage) may stand before the interface, and containers name the address, too. */
function addressOf(detail: Fields): string | undefined {
  for (const attachment of detail.objects('attachments')) {
    if (!INTERFACE_TYPES.has(attachment.optionalText('type') ?? '')) continue;
    const address = attachment.objects('details').find((entry) => entry.optionalText('name') === 'privateIPv4Address');
    if (address !== undefined) return address.optionalText('value');
  }
  return ofInterface(detail, 'privateIpv4Address');
}

/** ECS API reference, NetworkInterface. */
function ofInterface(detail: Fields, name: 'privateIpv4Address' | 'ipv6Address'): string | undefined {
  return detail
    .objects('containers')
    .flatMap((container) => container.objects('networkInterfaces'))
    .map((networkInterface) => networkInterface.optionalText(name))
    .find((address) => address !== undefined);
}

const SERVICE_GROUP = 'service:';
/** Events say `eni`, DescribeTasks says `ElasticNetworkInterface`; people replay the one as the other. */
const INTERFACE_TYPES: ReadonlySet<string> = new Set(['eni', 'ElasticNetworkInterface']);

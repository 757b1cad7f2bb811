import type { Model } from '../state/model.ts';
import { arnOf, clusterArn, countedUuid, serviceArn, taskAddress, taskArn } from '../state/names.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import type { DeploymentRecord, ServiceRecord, TaskRecord } from '../state/records.ts';
import { isoSeconds, isoTime } from '../state/timestamps.ts';
import type { CloudEvent, DeploymentStateChangeDetail, ServiceActionDetail, ServiceActionName, TaskStateChangeDetail } from '../spec/events.ts';

/** A change of what ECS knows or wants of a task. */
export function emitTaskStateChange(model: Model, task: TaskRecord): void {
  if (!model.config.events) return;
  push(model, 'ECS Task State Change', [taskArn(model.cluster, task.id)], taskStateChangeDetail(model, task));
}

/** Something that the scheduler of a service did or found. */
export function emitServiceAction(
  model: Model,
  service: ServiceRecord,
  action: { readonly eventName: ServiceActionName; readonly provider?: CapacityProvider | undefined; readonly reason?: string },
): void {
  if (!model.config.events) return;
  const { provider, reason, eventName } = action;
  const detail: ServiceActionDetail = {
    eventType: eventTypeOf(eventName),
    eventName,
    clusterArn: clusterArn(model.cluster),
    ...(provider === undefined ? {} : { capacityProviderArns: [arnOf(model.cluster, `capacity-provider/${provider}`)] }),
    ...(reason === undefined ? {} : { reason }),
    createdAt: isoTime(model, model.now),
  };
  push(model, 'ECS Service Action', [serviceArn(model.cluster, service.name)], detail);
}

export function emitDeploymentStateChange(
  model: Model,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  eventName: DeploymentStateChangeDetail['eventName'],
): void {
  if (!model.config.events) return;
  push(model, 'ECS Deployment State Change', [serviceArn(model.cluster, service.name)], {
    eventType: eventName === 'SERVICE_DEPLOYMENT_FAILED' ? 'ERROR' : 'INFO',
    eventName,
    deploymentId: deployment.id,
    updatedAt: isoTime(model, model.now),
    reason: deployment.rolloutStateReason,
  });
}

function push<Event extends CloudEvent>(model: Model, detailType: Event['detail-type'], resources: readonly string[], detail: Event['detail']): void {
  model.sequence += 1;
  const event = {
    version: '0',
    id: countedUuid(model.sequence),
    'detail-type': detailType,
    source: 'aws.ecs',
    account: model.cluster.account,
    time: isoSeconds(model, model.now),
    region: model.cluster.region,
    resources,
    detail,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the callers above pair each detail-type with its own detail
  model.effects.push({ type: 'event', event: event as CloudEvent });
}

function eventTypeOf(eventName: ServiceActionName): 'INFO' | 'WARN' | 'ERROR' {
  if (eventName === 'SERVICE_TASK_PLACEMENT_FAILURE') return 'ERROR';
  return eventName === 'SERVICE_TASK_START_IMPAIRED' ? 'WARN' : 'INFO';
}

function taskStateChangeDetail(model: Model, task: TaskRecord): TaskStateChangeDetail {
  const { cluster } = model;
  const arn = taskArn(cluster, task.id);
  const address = taskAddress(cluster, task);
  const definition = task.taskDefinition;
  const name = definition.containerName ?? 'app';
  const cpu = definition.cpu ?? '256';
  const attachmentId = countedUuid(task.number);
  const lastStatus = task.state;
  const isConnected = task.startedAt !== undefined;
  return {
    attachments: [
      {
        id: attachmentId,
        type: 'eni',
        status: lastStatus === 'PROVISIONING' ? 'PRECREATED' : lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
        details: [
          { name: 'subnetId', value: `subnet-${task.zone}` },
          { name: 'networkInterfaceId', value: `eni-${task.id}` },
          { name: 'macAddress', value: '0a:00:00:00:00:00' },
          { name: 'privateDnsName', value: `ip-${address.replaceAll('.', '-')}.ec2.internal` },
          { name: 'privateIPv4Address', value: address },
        ],
      },
    ],
    availabilityZone: task.zone,
    ...(task.deployment?.revision.launchType === undefined ? { capacityProviderName: task.provider } : {}),
    clusterArn: clusterArn(cluster),
    ...(isConnected ? { connectivity: 'CONNECTED', connectivityAt: isoTime(model, task.startedAt ?? 0) } : {}),
    containers: [
      {
        containerArn: arnOf(cluster, `container/${cluster.name}/${task.id}/${attachmentId}`),
        lastStatus: containerStatus(task),
        name,
        image: definition.image ?? 'app:latest',
        runtimeId: `${task.id}-0000000001`,
        taskArn: arn,
        networkInterfaces: [{ attachmentId, privateIpv4Address: address }],
        cpu: '0',
        ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
      },
    ],
    cpu,
    memory: definition.memory ?? '512',
    createdAt: isoTime(model, task.createdAt),
    ...(task.startedAt === undefined ? {} : { startedAt: isoTime(model, task.startedAt) }),
    ...(task.stoppingAt === undefined ? {} : { stoppingAt: isoTime(model, task.stoppingAt) }),
    ...(task.executionStoppedAt === undefined ? {} : { executionStoppedAt: isoTime(model, task.executionStoppedAt) }),
    ...(task.stoppedAt === undefined ? {} : { stoppedAt: isoTime(model, task.stoppedAt) }),
    updatedAt: isoTime(model, model.now),
    desiredStatus: task.stop === undefined ? 'RUNNING' : 'STOPPED',
    lastStatus,
    group: task.group,
    launchType: 'FARGATE',
    overrides: { containerOverrides: [{ name }] },
    platformVersion: '1.4.0',
    ...(task.startedBy === undefined ? {} : { startedBy: task.startedBy }),
    ...(task.stop === undefined ? {} : { stopCode: task.stop.code, stoppedReason: task.stop.reason }),
    taskArn: arn,
    taskDefinitionArn: arnOf(cluster, `task-definition/${definition.name}`),
    version: task.version,
  };
}

/** A container is PENDING until it runs and RUNNING until it has ended; it has no state in between (API type Container). */
export function containerStatus(task: Pick<TaskRecord, 'exited' | 'ran'>): 'PENDING' | 'RUNNING' | 'STOPPED' {
  if (task.exited) return 'STOPPED';
  return task.ran ? 'RUNNING' : 'PENDING';
}

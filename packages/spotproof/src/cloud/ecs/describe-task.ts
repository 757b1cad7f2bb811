import { describeTask, type TaskDescription } from '@spotproof/world';
import { arn } from '../account.ts';
import type { Cluster } from './cluster.ts';
import type { Resources } from './resources.ts';

/** A task as DescribeTasks shows it. */
export function showTask(resources: Resources, cluster: Cluster, taskId: string, withTags: boolean): object | undefined {
  const task = describeTask(cluster.world.state, taskId);
  if (task === undefined) return undefined;
  const { createdAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt, container: _, ...rest } = task;
  const run = cluster.runs.get(taskId);
  const instant = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));
  return {
    ...rest,
    capacityProviderName: run?.launchType === undefined ? task.capacityProviderName : undefined,
    group: run?.group ?? task.group,
    attachments: [attachment(task)],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    connectivity: startedAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: instant(startedAt),
    containers: showContainers(resources, cluster, task),
    platformFamily: 'Linux',
    createdAt: instant(createdAt),
    pullStartedAt: instant(startedAt === undefined ? undefined : createdAt),
    pullStoppedAt: instant(startedAt),
    startedAt: instant(startedAt),
    stoppingAt: instant(stoppingAt),
    executionStoppedAt: instant(executionStoppedAt),
    stoppedAt: instant(stoppedAt),
    overrides: { containerOverrides: run?.overrides ?? [], inferenceAcceleratorOverrides: [] },
    enableExecuteCommand: false,
    ephemeralStorage: { sizeInGiB: 20 },
    tags: withTags ? resources.tags.of(task.taskArn) : undefined,
  };
}

/** `eni` in events, `ElasticNetworkInterface` here: AWS has two words for it. */
function attachment({ taskId, availabilityZone, privateIpv4Address, lastStatus }: TaskDescription): object {
  return {
    id: attachmentId(taskId),
    type: 'ElasticNetworkInterface',
    status: lastStatus === 'PROVISIONING' ? 'PRECREATED' : lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
    details: [
      { name: 'subnetId', value: `subnet-${availabilityZone}` },
      { name: 'networkInterfaceId', value: `eni-${taskId.slice(0, 17)}` },
      { name: 'macAddress', value: '0a:00:00:00:00:00' },
      { name: 'privateDnsName', value: `ip-${privateIpv4Address.replaceAll('.', '-')}.ec2.internal` },
      { name: 'privateIPv4Address', value: privateIpv4Address },
    ],
  };
}

function showContainers({ account, definitions, tasks }: Resources, cluster: Cluster, task: TaskDescription): readonly object[] {
  const { taskId, taskArn, privateIpv4Address, container: main } = task;
  const local = tasks.get(taskId);
  return (definitions.find(task.taskDefinitionArn)?.containers ?? []).map(({ name, image, cpu = 0, memory }, index) => {
    const exitCode = local?.exitCodeOf(name) ?? (name === main.name ? main.exitCode : undefined);
    return {
      containerArn: arn(account, 'ecs', `container/${cluster.name}/${taskId}/${attachmentId(taskId)}${index}`),
      taskArn,
      name,
      image,
      runtimeId: `${taskId}-${String(index + 1).padStart(10, '0')}`,
      lastStatus: local?.hasEnded(name) === true ? 'STOPPED' : main.lastStatus,
      exitCode,
      networkBindings: [],
      networkInterfaces: [{ attachmentId: attachmentId(taskId), privateIpv4Address }],
      healthStatus: 'UNKNOWN',
      cpu: String(cpu),
      memory: memory === undefined ? undefined : String(memory),
    };
  });
}

/** A UUID made of the task's own 32 digits. */
function attachmentId(taskId: string): string {
  return `${taskId.slice(0, 8)}-${taskId.slice(8, 12)}-${taskId.slice(12, 16)}-${taskId.slice(16, 20)}-${taskId.slice(20, 32)}`;
}

import { describeTask, type TaskDescription } from '@spotproof/world';
import { type Account, arn } from '../account.ts';
import type { Cluster } from './cluster.ts';
import type { Resources } from './resources.ts';

/** A task as DescribeTasks shows it. */
export function showTask(resources: Resources, cluster: Cluster, taskId: string, withTags: boolean): object | undefined {
  const task = describeTask(cluster.world.state, taskId);
  if (task === undefined) return undefined;
  const { createdAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt, container: _, ...rest } = task;
  const run = cluster.runs.get(taskId);
  const given = resources.definitions.find(task.taskDefinitionArn)?.given;
  const service = cluster.services.get(task.group.slice('service:'.length));
  const instant = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));
  return {
    ...rest,
    capacityProviderName: run?.launchType === undefined ? task.capacityProviderName : undefined,
    group: run?.group ?? task.group,
    attachments: [attachment(task)],
    cpu: run?.overrides.cpu ?? task.cpu,
    memory: run?.overrides.memory ?? task.memory,
    attributes: [{ name: 'ecs.cpu-architecture', value: given?.runtimePlatform?.cpuArchitecture?.toLowerCase() ?? 'x86_64' }],
    connectivity: startedAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: instant(startedAt),
    containers: showContainers(resources, task),
    platformFamily: 'Linux',
    createdAt: instant(createdAt),
    pullStartedAt: instant(startedAt === undefined ? undefined : createdAt),
    pullStoppedAt: instant(startedAt),
    startedAt: instant(startedAt),
    stoppingAt: instant(stoppingAt),
    executionStoppedAt: instant(executionStoppedAt),
    stoppedAt: instant(stoppedAt),
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...run?.overrides },
    enableExecuteCommand: run?.enableExecuteCommand ?? service?.enableExecuteCommand ?? false,
    ephemeralStorage: run?.overrides.ephemeralStorage ?? given?.ephemeralStorage ?? { sizeInGiB: 20 },
    tags: withTags ? resources.tags.of(task.taskArn) : undefined,
  };
}

/** Of a container, by its place in the task definition. */
export function containerArn(account: Account, { taskId, clusterArn }: TaskDescription, index: number): string {
  const clusterName = clusterArn.slice(clusterArn.lastIndexOf('/') + 1);
  return arn(account, 'ecs', `container/${clusterName}/${taskId}/${attachmentId(taskId)}${index}`);
}

/** What the container runtime calls it: in DescribeTasks as in the task's metadata. */
export function runtimeId({ taskId }: TaskDescription, index: number): string {
  return `${taskId}-${String(index + 1).padStart(10, '0')}`;
}

export function privateDnsName(address: string): string {
  return `ip-${address.replaceAll('.', '-')}.ec2.internal`;
}

/** There is no network: all have the same. */
export const MAC_ADDRESS = '0a:00:00:00:00:00';

/** `eni` in events, `ElasticNetworkInterface` here: AWS has two words for it. */
function attachment({ taskId, availabilityZone, privateIpv4Address, lastStatus }: TaskDescription): object {
  return {
    id: attachmentId(taskId),
    type: 'ElasticNetworkInterface',
    status: lastStatus === 'PROVISIONING' ? 'PRECREATED' : lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
    details: [
      { name: 'subnetId', value: `subnet-${availabilityZone}` },
      { name: 'networkInterfaceId', value: `eni-${taskId.slice(0, 17)}` },
      { name: 'macAddress', value: MAC_ADDRESS },
      { name: 'privateDnsName', value: privateDnsName(privateIpv4Address) },
      { name: 'privateIPv4Address', value: privateIpv4Address },
    ],
  };
}

function showContainers({ account, definitions, tasks }: Resources, task: TaskDescription): readonly object[] {
  const { taskId, taskArn, privateIpv4Address, container: main } = task;
  const local = tasks.get(taskId);
  return (definitions.find(task.taskDefinitionArn)?.containers ?? []).map(({ name, image, cpu = 0, memory }, index) => {
    const exitCode = local?.exitCodeOf(name) ?? (name === main.name ? main.exitCode : undefined);
    return {
      containerArn: containerArn(account, task, index),
      taskArn,
      name,
      image,
      runtimeId: runtimeId(task, index),
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

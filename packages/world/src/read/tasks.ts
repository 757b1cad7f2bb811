import type { CompleteConfig } from '../spec/config.ts';
import { containerStatus } from '../events/emit.ts';
import { epochOf } from '../state/timestamps.ts';
import type { Model } from '../state/model.ts';
import { arnOf, clusterArn, taskAddress, taskArn } from '../state/names.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import type { TaskRecord } from '../state/records.ts';
import type { StopCode, TaskState } from '../spec/task-states.ts';
import type { Task, TaskHealth } from '../spec/task.ts';
import { modelOf, type World } from '../world.ts';

/** A task as DescribeTasks shows it, by the names of the API. Times are milliseconds since 1970; the API has seconds. */
export interface TaskDescription {
  readonly taskId: string;
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly availabilityZone: string;
  readonly capacityProviderName: CapacityProvider | undefined;
  readonly launchType: 'FARGATE';
  readonly platformVersion: string;
  readonly cpu: string;
  readonly memory: string;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly lastStatus: TaskState;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly healthStatus: TaskHealth;
  readonly stopCode: StopCode | undefined;
  readonly stoppedReason: string | undefined;
  readonly version: number;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly stoppingAt: number | undefined;
  readonly executionStoppedAt: number | undefined;
  readonly stoppedAt: number | undefined;
  readonly privateIpv4Address: string;
  readonly container: { readonly name: string; readonly image: string; readonly lastStatus: string; readonly exitCode: number | undefined };
  readonly protectedUntil: number | undefined;
}

export interface TaskFilter {
  readonly service?: string;
  readonly family?: string;
  readonly startedBy?: string;
  /** Default RUNNING, as in ListTasks: what ECS wants of the task, not what it is. */
  readonly desiredStatus?: 'RUNNING' | 'STOPPED';
}

/** A task that is there, or stopped not long ago. A live view of it: copy what you keep over a step. */
export function getTask(world: World, taskId: string): Task | undefined {
  return modelOf(world).tasks.get(taskId);
}

/** True when nothing more will happen to the task: it is STOPPED, and deregistered if it ever will be. Also true for one that the world does not know. */
export function isTaskOver(world: World, taskId: string): boolean {
  const task = modelOf(world).tasks.get(taskId);
  return task === undefined || (task.state === 'STOPPED' && task.target !== 'due');
}

/** How many tasks, of one service or of all, are RUNNING and have not been told to stop. */
export function runningCount(world: World, service?: string): number {
  const { services } = modelOf(world);
  if (service !== undefined) return services.get(service)?.runningCount ?? 0;
  let count = 0;
  for (const one of services.values()) count += one.runningCount;
  return count;
}

/** The ids of the tasks that fit, oldest first. */
export function listTasks(world: World, filter: TaskFilter = {}): readonly string[] {
  const model = modelOf(world);
  const wanted = filter.desiredStatus ?? 'RUNNING';
  // The service's own set has no stopped tasks.
  const service = filter.service === undefined || wanted === 'STOPPED' ? undefined : model.services.get(filter.service);
  const found: string[] = [];
  for (const task of service?.tasks ?? model.tasks.values()) {
    if ((task.stop === undefined) !== (wanted === 'RUNNING')) continue;
    if (filter.service !== undefined && task.service !== filter.service) continue;
    if (filter.startedBy !== undefined && task.startedBy !== filter.startedBy) continue;
    if (filter.family !== undefined && task.taskDefinition.name.split(':')[0] !== filter.family) continue;
    found.push(task.id);
  }
  return found;
}

export function describeTask(world: World, taskId: string): TaskDescription | undefined {
  const model = modelOf(world);
  const task = model.tasks.get(taskId);
  return task === undefined ? undefined : describe(model, task);
}

/** The task that has this private address. Costs a look at every task: keep a map when you ask often. */
export function findTaskByAddress(world: World, address: string): string | undefined {
  const model = modelOf(world);
  for (const task of model.tasks.values()) if (taskAddress(model.cluster, task) === address) return task.id;
  return undefined;
}

/** The config that the world was made with, with its defaults. */
export function configOf(world: World): CompleteConfig {
  const model = modelOf(world);
  return { ...model.config, cluster: model.cluster };
}

function describe(model: Model, task: TaskRecord): TaskDescription {
  const { cluster } = model;
  const { taskDefinition, stop } = task;
  const at = (time: number | undefined): number | undefined => (time === undefined ? undefined : epochOf(model, time));
  return {
    taskId: task.id,
    taskArn: taskArn(cluster, task.id),
    clusterArn: clusterArn(cluster),
    taskDefinitionArn: arnOf(cluster, `task-definition/${taskDefinition.name}`),
    availabilityZone: task.zone,
    capacityProviderName: task.deployment?.revision.launchType === undefined ? task.provider : undefined,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    cpu: taskDefinition.cpu ?? '256',
    memory: taskDefinition.memory ?? '512',
    group: task.group,
    startedBy: task.startedBy,
    lastStatus: task.state,
    desiredStatus: stop === undefined ? 'RUNNING' : 'STOPPED',
    healthStatus: task.health,
    stopCode: stop?.code,
    stoppedReason: stop?.reason,
    version: task.version,
    createdAt: epochOf(model, task.createdAt),
    startedAt: at(task.startedAt),
    stoppingAt: at(task.stoppingAt),
    executionStoppedAt: at(task.executionStoppedAt),
    stoppedAt: at(task.stoppedAt),
    privateIpv4Address: taskAddress(cluster, task),
    container: {
      name: taskDefinition.containerName ?? 'app',
      image: taskDefinition.image ?? 'app:latest',
      lastStatus: containerStatus(task),
      exitCode: task.exitCode,
    },
    protectedUntil: at(task.protectedUntil),
  };
}

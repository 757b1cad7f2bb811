import { configOf, describeTask, listTasks, splitByStrategy, type CapacityProvider, type WorldEffect } from '@spotproof/world';
import { pageOf } from '../page-of.ts';
import type { Tag } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import type { Operation } from '../wire/service.ts';
import { toWorldDefinition, type Cluster, type TaskOverride } from './cluster.ts';
import { showTask } from './describe-task.ts';
import { fargateSize } from './fargate-sizes.ts';
import { launchOf, zonesFor, type LaunchInput, type NetworkInput } from './launch.ts';
import { shortName, type Resources } from './resources.ts';
import { existingService } from './service-operations.ts';
import { type TagSources, tagNewTask } from './task-tags.ts';

/** Tasks: run, stopped, listed, described. */
export function taskOperations(resources: Resources): Readonly<Record<string, Operation>> {
  const { clusters } = resources;
  return {
    RunTask: (input: RunTaskInput) => run(resources, clusters.get(input.cluster), input),
    StopTask: (input: { readonly cluster?: string; readonly task: string; readonly reason?: string }) => {
      const cluster = clusters.get(input.cluster);
      const taskId = taskIdOf(cluster, input.task);
      if (taskId === undefined) throw invalid('The referenced task was not found.');
      const reason = input.reason ?? 'Task stopped by user';
      cluster.world.give({ type: 'stop', taskIds: [taskId], code: 'UserInitiated', reason });
      return { task: showTask(resources, cluster, taskId, true) };
    },
    ListTasks: (input: ListTasksInput) => {
      const cluster = clusters.get(input.cluster);
      const { maxResults = 100, nextToken } = input;
      const page = pageOf(list(resources, cluster, input), { nextToken, size: maxResults, invalidCode: 'InvalidParameterException' });
      return { taskArns: page.items.map((taskId) => taskArn(cluster, taskId)), nextToken: page.nextToken };
    },
    DescribeTasks: (input: { readonly cluster?: string; readonly tasks: readonly string[]; readonly include?: readonly string[] }) => {
      const cluster = clusters.get(input.cluster);
      if (input.tasks.length === 0) throw invalid('Tasks cannot be empty.');
      if (input.tasks.length > MOST_DESCRIBED) throw invalid(`Tasks cannot have more than ${MOST_DESCRIBED} elements.`);
      const withTags = input.include?.includes('TAGS') === true;
      const found = input.tasks.map((named) => ({ named, taskId: taskIdOf(cluster, named) }));
      return {
        tasks: found.flatMap(({ taskId }) => (taskId === undefined ? [] : [showTask(resources, cluster, taskId, withTags)])),
        failures: found.flatMap(({ named, taskId }) =>
          taskId === undefined ? [{ arn: taskArn(cluster, shortName(named)), reason: 'MISSING' }] : [],
        ),
      };
    },
  };
}

interface RunTaskInput extends LaunchInput {
  readonly cluster?: string;
  readonly taskDefinition: string;
  readonly count?: number;
  readonly networkConfiguration?: NetworkInput;
  readonly overrides?: TaskOverride;
  readonly propagateTags?: string;
  readonly enableECSManagedTags?: boolean;
  readonly enableExecuteCommand?: boolean;
  readonly startedBy?: string;
  readonly group?: string;
  readonly tags?: readonly Tag[];
}

interface ListTasksInput {
  readonly cluster?: string;
  readonly family?: string;
  readonly serviceName?: string;
  readonly startedBy?: string;
  readonly desiredStatus?: string;
  readonly launchType?: string;
  readonly containerInstance?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** The id of a task of this cluster, by id or ARN. */
export function taskIdOf({ world, name, arn }: Cluster, named: string): string | undefined {
  const prefix = `${arn.slice(0, arn.indexOf(':cluster/'))}:task/${name}/`;
  if (named.includes(':') && !named.startsWith(prefix)) return undefined;
  const taskId = shortName(named);
  return describeTask(world.state, taskId) === undefined ? undefined : taskId;
}

export function taskArn({ arn, name }: Cluster, taskId: string): string {
  return `${arn.slice(0, arn.indexOf(':cluster/'))}:task/${name}/${taskId}`;
}

function run(resources: Resources, cluster: Cluster, input: RunTaskInput): object {
  const { definitions, subnets, tags } = resources;
  const { count = 1, overrides = {}, startedBy, group, enableExecuteCommand = false } = input;
  const sources: TagSources = { propagateTags: input.propagateTags ?? 'NONE', enableECSManagedTags: input.enableECSManagedTags ?? false };
  const definition = definitions.usable(input.taskDefinition);
  if (count < 1 || count > 10) throw invalid('Count must be from 1 to 10.');
  const { launchType, strategy } = launchOf(cluster, input);
  const zones = zonesFor(input.networkConfiguration, subnets);
  if (overrides.cpu !== undefined || overrides.memory !== undefined)
    fargateSize(overrides.cpu ?? definition.cpu, overrides.memory ?? definition.memory);
  tags.check(input.tags ?? []);
  for (const { name } of overrides.containerOverrides ?? [])
    if (!definition.containers.some((container) => container.name === name))
      throw invalid(`Override for container named ${name} is not a container in the TaskDefinition.`);
  const { defaultCapacityProviderStrategy, capacityProviders } = configOf(cluster.world.state).cluster;
  const placed =
    launchType === undefined ? splitByStrategy(strategy ?? defaultCapacityProviderStrategy, count) : [{ provider: 'FARGATE' as const, count }];
  for (const { provider } of placed)
    if (launchType === undefined && !capacityProviders.includes(provider))
      throw invalid(`The specified capacity provider '${provider}' is not associated with the cluster.`);

  for (const taskId of cluster.runs.keys()) if (describeTask(cluster.world.state, taskId) === undefined) cluster.runs.delete(taskId);
  const taskIds: string[] = [];
  const failures: object[] = [];
  for (const { provider, count: share } of placed) {
    if (share === 0) continue;
    const effects = cluster.world.call(
      {
        type: 'run-tasks',
        count: share,
        taskDefinition: toWorldDefinition(definition),
        provider,
        zones,
        ...(startedBy === undefined ? {} : { startedBy }),
      },
      // Before the containers start, which must know what was overridden.
      (all) => {
        for (const taskId of provisionedIn(all, cluster)) {
          taskIds.push(taskId);
          cluster.runs.set(taskId, { launchType, overrides, group, enableExecuteCommand });
          tagNewTask(resources, cluster, taskId, sources);
          tags.give(taskArn(cluster, taskId), input.tags ?? []);
        }
      },
    );
    failures.push(...refusalsIn(effects, provider));
  }
  return { tasks: taskIds.map((taskId) => showTask(resources, cluster, taskId, true)), failures };
}

/** The tasks that these effects began and that belong to no service. */
function provisionedIn(effects: readonly WorldEffect[], { world }: Cluster): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'task-state-changed' || effect.state !== 'PROVISIONING') return [];
    return describeTask(world.state, effect.taskId)?.group.startsWith('family:') === true ? [effect.taskId] : [];
  });
}

function refusalsIn(effects: readonly WorldEffect[], provider: CapacityProvider): readonly object[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'placement-failed' || effect.service !== undefined || effect.provider !== provider) return [];
    return Array.from({ length: effect.missing }, () => ({
      reason: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    }));
  });
}

function list(resources: Resources, cluster: Cluster, input: ListTasksInput): readonly string[] {
  const { serviceName, family, startedBy, desiredStatus = 'RUNNING', launchType, containerInstance } = input;
  // Nothing here runs on instances.
  if (containerInstance !== undefined || desiredStatus === 'PENDING') return [];
  const service = serviceName === undefined ? undefined : existingService(resources, cluster, serviceName).serviceName;
  if (startedBy !== undefined && (service !== undefined || family !== undefined))
    throw invalid('startedBy cannot be combined with serviceName or family.');
  const found = listTasks(cluster.world.state, {
    desiredStatus: desiredStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    ...(service === undefined ? {} : { service }),
    ...(family === undefined ? {} : { family }),
    ...(startedBy === undefined ? {} : { startedBy }),
  });
  return launchType === undefined || launchType === 'FARGATE' ? found : [];
}

function invalid(message: string): CloudFault {
  return new CloudFault('InvalidParameterException', message);
}

/** ECS API reference, DescribeTasks: "up to 100 task IDs". */
const MOST_DESCRIBED = 100;

import { describeTask } from '@spotproof/world';
import { type Account, arn } from '../account.ts';
import type { Tag, Tags } from '../tags.ts';
import type { Cluster } from './cluster.ts';
import type { TaskDefinitions } from './task-definitions.ts';

/** Where a new task has its tags from, by CreateService and RunTask. */
export interface TagSources {
  readonly propagateTags: string;
  readonly enableECSManagedTags: boolean;
}

/** Gives a new task the tags of its service or task definition, and those that ECS manages: developer guide, "Tagging Amazon ECS resources". */
export function tagNewTask(
  { account, definitions, tags }: { readonly account: Account; readonly definitions: TaskDefinitions; readonly tags: Tags },
  { name: clusterName, world }: Cluster,
  taskId: string,
  { propagateTags, enableECSManagedTags }: TagSources,
): void {
  const task = describeTask(world.state, taskId);
  if (task === undefined) return;
  const service = task.group.startsWith('service:') ? task.group.slice('service:'.length) : undefined;
  const given = (): readonly Tag[] => {
    if (propagateTags === 'TASK_DEFINITION') return tags.of(definitions.find(task.taskDefinitionArn)?.arn ?? '');
    return propagateTags === 'SERVICE' && service !== undefined ? tags.of(arn(account, 'ecs', `service/${clusterName}/${service}`)) : [];
  };
  const managed = [
    { key: 'aws:ecs:clusterName', value: clusterName },
    ...(service === undefined ? [] : [{ key: 'aws:ecs:serviceName', value: service }]),
  ];
  tags.give(task.taskArn, [...given(), ...(enableECSManagedTags ? managed : [])]);
}

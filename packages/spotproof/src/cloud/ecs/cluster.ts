import type { TaskDefinition } from '@spotproof/world';
import { isEssential, stopTimeoutMs, type ContainerOverride } from '../tasks/container-definition.ts';
import type { ClusterWorld } from './cluster-world.ts';
import { definitionName, type TaskDefinitionRecord } from './task-definitions.ts';

/** A cluster: its world, and what the API keeps of it that decides nothing. */
export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly world: ClusterWorld;
  settings: readonly { readonly name?: string }[];
  /** What services were given besides, by their names. */
  readonly services: Map<string, ServiceDetails>;
  /** What RunTask was given besides, by task. */
  readonly runs: Map<string, RunDetails>;
  /** Set when it is deleted. */
  isDeleted: boolean;
}

/** Kept and shown; nothing here looks at it. */
export interface ServiceDetails {
  readonly networkConfiguration: object | undefined;
  readonly platformVersion: string;
  readonly enableECSManagedTags: boolean;
  readonly enableExecuteCommand: boolean;
  readonly propagateTags: string;
}

export interface RunDetails {
  readonly launchType: 'FARGATE' | undefined;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly group: string | undefined;
}

/** What RunTask changes of a task. But for the containers, it is shown only. */
export interface TaskOverride {
  readonly containerOverrides?: readonly ContainerOverride[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: object;
}

/** The part of a task definition that the world decides by: its main container is the first essential one. */
export function toWorldDefinition(definition: TaskDefinitionRecord): TaskDefinition {
  const main = mainContainer(definition);
  return {
    name: definitionName(definition),
    // All are killed when the last of them may be; each is when its own time is over.
    stopTimeoutMs: Math.max(...definition.containers.map(stopTimeoutMs)),
    cpu: definition.cpu,
    memory: definition.memory,
    containerName: main?.name ?? 'app',
    image: main?.image ?? 'none',
  };
}

export function mainContainer({ containers }: TaskDefinitionRecord): TaskDefinitionRecord['containers'][number] | undefined {
  return containers.find(isEssential) ?? containers[0];
}

import { epochNow } from '../../epoch.ts';
import { type Account, arn } from '../account.ts';
import type { ContainerDefinition } from '../tasks/container-definition.ts';
import type { Tags, Tag } from '../tags.ts';
import { pageOf } from '../page-of.ts';
import { CloudFault } from '../wire/fault.ts';
import { checkedContainers, type NamedContainer } from './check-containers.ts';
import { fargateSize } from './fargate-sizes.ts';

/** One revision. */
export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly containers: readonly NamedContainer[];
  readonly cpu: string;
  readonly memory: string;
  readonly registeredAt: number;
  deregisteredAt: number | undefined;
  /** What else was given, to be shown as it came. */
  readonly given: Omit<RegisterInput, 'tags'>;
}

export interface RegisterInput {
  readonly family: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly requiresCompatibilities?: readonly string[];
  readonly networkMode?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly runtimePlatform?: { readonly cpuArchitecture?: string };
  readonly ephemeralStorage?: object;
  readonly taskRoleArn?: string;
  readonly volumes?: readonly { readonly name?: string; readonly host?: object }[];
  readonly tags?: readonly Tag[];
}

/** Task definitions whose containers are commands of this machine. */
export class TaskDefinitions {
  readonly #account: Account;
  readonly #tags: Tags;
  readonly #families = new Map<string, TaskDefinitionRecord[]>();

  constructor(account: Account, tags: Tags) {
    this.#account = account;
    this.#tags = tags;
  }

  register({ tags = [], ...input }: RegisterInput): object {
    const { family } = input;
    if (!/^[a-zA-Z0-9_-]{1,255}$/.test(family))
      throw new CloudFault('ClientException', 'Family should be 1 to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.');
    if ((input.networkMode ?? 'awsvpc') !== 'awsvpc') throw new CloudFault('ClientException', "Fargate only supports network mode 'awsvpc'.");
    const size = fargateSize(input.cpu, input.memory);
    const containers = checkedContainers(input.containerDefinitions);
    for (const { name, host: _, ...kind } of input.volumes ?? [])
      if (Object.values(kind).some((value) => value !== false))
        throw new CloudFault(
          'ClientException',
          `Volume ${name} is not one on the task's own disk: file systems are not served here. Containers see the files of this machine.`,
        );
    const revisions = this.#families.get(family) ?? [];
    const revision = (revisions.at(-1)?.revision ?? 0) + 1;
    const definition: TaskDefinitionRecord = {
      arn: arn(this.#account, 'ecs', `task-definition/${family}:${revision}`),
      family,
      revision,
      containers,
      ...size,
      registeredAt: epochNow(),
      deregisteredAt: undefined,
      given: input,
    };
    this.#tags.add(definition.arn, tags);
    this.#families.set(family, [...revisions, definition]);
    return { taskDefinition: describe(definition), tags: this.#tags.of(definition.arn) };
  }

  describe(name: string): object {
    const definition = this.find(name);
    if (definition === undefined) throw new CloudFault('ClientException', 'Unable to describe task definition.');
    return { taskDefinition: describe(definition), tags: this.#tags.of(definition.arn) };
  }

  deregister(name: string): object {
    if (!name.includes(':')) throw new CloudFault('InvalidParameterException', 'The revision of the task definition must be named.');
    const definition = this.find(name);
    if (definition === undefined) throw new CloudFault('ClientException', 'Unable to describe task definition.');
    definition.deregisteredAt ??= epochNow();
    return { taskDefinition: describe(definition) };
  }

  list(input: {
    readonly familyPrefix?: string;
    readonly status?: string;
    readonly sort?: string;
    readonly maxResults?: number;
    readonly nextToken?: string;
  }): object {
    const { familyPrefix, status = 'ACTIVE', sort, maxResults = 100, nextToken } = input;
    const arns = [...this.#families.values()]
      .flat()
      .filter(({ family }) => familyPrefix === undefined || family === familyPrefix)
      .filter((definition) => statusOf(definition) === status)
      .toSorted((one, other) => (one.family === other.family ? one.revision - other.revision : one.family < other.family ? -1 : 1))
      .map((definition) => definition.arn);
    const page = pageOf(sort === 'DESC' ? arns.toReversed() : arns, { nextToken, size: maxResults, invalidCode: 'InvalidParameterException' });
    return { taskDefinitionArns: page.items, nextToken: page.nextToken };
  }

  /** The names, of those with a revision of this status unless all are asked for. */
  families(input: { readonly familyPrefix?: string; readonly status?: string; readonly maxResults?: number; readonly nextToken?: string }): object {
    const { familyPrefix = '', status = 'ALL', maxResults = 100, nextToken } = input;
    const hasActive = (revisions: readonly TaskDefinitionRecord[]): boolean => revisions.some((one) => statusOf(one) === 'ACTIVE');
    const names = [...this.#families]
      .filter(([family, revisions]) => family.startsWith(familyPrefix) && (status === 'ALL' || hasActive(revisions) === (status === 'ACTIVE')))
      .map(([family]) => family)
      .toSorted();
    const page = pageOf(names, { nextToken, size: maxResults, invalidCode: 'InvalidParameterException' });
    return { families: page.items, nextToken: page.nextToken };
  }

  /** By family (its newest active revision), `family:revision` or ARN. */
  find(name: string): TaskDefinitionRecord | undefined {
    const [family = '', revision] = name.slice(name.lastIndexOf('/') + 1).split(':');
    const revisions = this.#families.get(family) ?? [];
    if (revision === undefined) return revisions.findLast((one) => one.deregisteredAt === undefined);
    return revisions.find((one) => String(one.revision) === revision);
  }

  /** For a new service or task. @throws {CloudFault} */
  usable(name: string | undefined): TaskDefinitionRecord {
    if (name === undefined || name === '') throw new CloudFault('InvalidParameterException', 'TaskDefinition can not be blank.');
    const definition = this.find(name);
    if (definition === undefined) throw new CloudFault('ClientException', 'TaskDefinition not found.');
    if (definition.deregisteredAt !== undefined) throw new CloudFault('ClientException', 'TaskDefinition is inactive');
    return definition;
  }
}

export function definitionName({ family, revision }: TaskDefinitionRecord): string {
  return `${family}:${revision}`;
}

function statusOf({ deregisteredAt }: TaskDefinitionRecord): 'ACTIVE' | 'INACTIVE' {
  return deregisteredAt === undefined ? 'ACTIVE' : 'INACTIVE';
}

function describe(definition: TaskDefinitionRecord): object {
  const { given, arn: taskDefinitionArn, revision, containers, cpu, memory, registeredAt, deregisteredAt } = definition;
  return {
    volumes: [],
    placementConstraints: [],
    requiresCompatibilities: ['FARGATE'],
    ...given,
    networkMode: 'awsvpc',
    compatibilities: ['EC2', 'FARGATE'],
    taskDefinitionArn,
    revision,
    containerDefinitions: containers,
    cpu,
    memory,
    status: statusOf(definition),
    registeredAt: new Date(registeredAt),
    deregisteredAt: deregisteredAt === undefined ? undefined : new Date(deregisteredAt),
  };
}

import type { Account } from '../account.ts';
import type { TargetGroups } from '../elbv2/target-groups.ts';
import type { Subnets } from '../subnets.ts';
import type { Tags } from '../tags.ts';
import type { LocalTasks } from '../tasks/local-tasks.ts';
import type { Clusters } from './clusters.ts';
import type { TaskDefinitions } from './task-definitions.ts';

/** What the operations of ECS work with. */
export interface Resources {
  readonly account: Account;
  readonly clusters: Clusters;
  readonly definitions: TaskDefinitions;
  readonly groups: TargetGroups;
  readonly tasks: LocalTasks;
  readonly subnets: Subnets;
  readonly tags: Tags;
}

/** The last part of a name or an ARN: `arn:aws:ecs:…:service/web/api` is `api`. */
export function shortName(named: string): string {
  return named.slice(named.lastIndexOf('/') + 1);
}

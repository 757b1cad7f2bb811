import type { TargetDescription } from '@spotproof/world';
import type { TargetGroup } from './target-group.ts';

/** What Elastic Load Balancing asks of ECS, which registers its tasks by itself. */
export interface TaskTargets {
  /** The group is new, or its deregistration delay has changed. */
  putTargetGroup(group: TargetGroup): void;
  /** Every task that is registered with the group. */
  targetsOf(targetGroupArn: string): readonly TargetDescription[];
  /** Takes a task out of the group. */
  deregister(targetGroupArn: string, target: TargetDescription): void;
  /** Where a task's container port is on this machine; undefined for an address that is no task's. */
  localAddressOf(address: string, containerPort: number): { readonly host: string; readonly port: number } | undefined;
}

import { taskAddress } from '../state/names.ts';
import type { Registration } from '../state/records.ts';
import { modelOf, type World } from '../world.ts';

/** A target as DescribeTargetHealth shows it. */
export interface TargetDescription {
  readonly taskId: string;
  /** The private address of the task: what the API calls the target's id. */
  readonly address: string;
  readonly port: number;
  readonly availabilityZone: string;
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
  readonly reason: 'Elb.InitialHealthChecking' | 'Target.FailedHealthChecks' | 'Target.DeregistrationInProgress' | undefined;
}

/** Every target of the group, in order of registration; undefined for a group that there is not. A target that has drained is no longer among them. */
export function describeTargetHealth(world: World, targetGroup: string): readonly TargetDescription[] | undefined {
  const model = modelOf(world);
  const group = model.targetGroups.get(targetGroup);
  if (group === undefined) return undefined;
  return Array.from(group.registrations, (registration) => ({
    taskId: registration.task.id,
    address: taskAddress(model.cluster, registration.task),
    port: registration.port,
    availabilityZone: registration.task.zone,
    ...stateOf(registration),
  }));
}

/** "The status is displayed as `draining` until the timeout expires", drained or not (ELB user guide, deregistration delay). */
function stateOf({ drainsUntil, health, task }: Registration): Pick<TargetDescription, 'state' | 'reason'> {
  if (drainsUntil !== undefined) return { state: 'draining', reason: 'Target.DeregistrationInProgress' };
  // Nobody took it out, and nothing answers there any more.
  if (health === 'unhealthy' || task.exited) return { state: 'unhealthy', reason: 'Target.FailedHealthChecks' };
  return health === 'healthy' ? { state: 'healthy', reason: undefined } : { state: 'initial', reason: 'Elb.InitialHealthChecking' };
}

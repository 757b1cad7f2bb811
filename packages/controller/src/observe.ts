import { type CapacityObservation, countTasks, type TaskView } from '@spotproof/core/capacity';
import type { Cloud, ServiceReading, TargetReading, TaskReading } from './cloud.ts';
import type { Unit } from './unit.ts';

export type Reading = { readonly type: 'read'; readonly observation: CapacityObservation } | { readonly type: 'missing'; readonly service: string };

/** Reads everything anew. Nothing is taken from events: those may be lost, doubled and out of order. */
export async function observe(cloud: Cloud, unit: Unit, at: number): Promise<Reading> {
  const { cluster, capacity } = unit;
  const services = await cloud.describeServices(cluster, [unit.primary, unit.twin]);
  const primary = activeService(services, unit.primary);
  const twin = activeService(services, unit.twin);
  if (primary === undefined) return { type: 'missing', service: unit.primary };
  if (twin === undefined) return { type: 'missing', service: unit.twin };

  const [wanted, stopping, scaling, ...targets] = await Promise.all([
    cloud.listTasks(cluster, unit.primary, 'RUNNING'),
    cloud.listTasks(cluster, unit.primary, 'STOPPED'),
    cloud.describeScaling(cluster, unit.primary),
    ...primary.targetGroups.map(({ arn }) => cloud.describeTargets(arn)),
  ]);
  const view = (task: TaskReading): TaskView => ({ ...task, isHealthy: isHealthy(task, primary, targets) });
  return {
    type: 'read',
    observation: {
      at,
      primary: { desired: primary.desiredCount, isRollingOut: primary.isRollingOut, ...countTasks([...wanted, ...stopping].map(view), at, capacity) },
      fallback: { desired: twin.desiredCount, isRollingOut: twin.isRollingOut, placementFailed: cannotBePlaced(twin, at) },
      paused: primary.tags[PAUSE_TAG] !== undefined && primary.tags[PAUSE_TAG] !== 'false',
      scaleIn: scaling === undefined ? 'none' : scaling.isScaleInSuspended ? 'suspended' : 'active',
    },
  };
}

/** A service that can be read and written; one that is deleted stays INACTIVE for a while (ECS API reference, DescribeServices). */
export function activeService(services: readonly ServiceReading[], name: string): ServiceReading | undefined {
  return services.find((service) => service.name === name && service.status === 'ACTIVE');
}

/** In all of its target groups, at the port of its container; where there is none, what its container check says. */
function isHealthy(task: TaskReading, { targetGroups }: ServiceReading, targets: readonly (readonly TargetReading[])[]): boolean | undefined {
  if (targetGroups.length === 0) return task.healthStatus === 'UNKNOWN' ? undefined : task.healthStatus === 'HEALTHY';
  const states = targetGroups.map(
    ({ containerPort }, index) => targets[index]?.find(({ id, port }) => id === task.privateIpv4Address && port === containerPort)?.state,
  );
  // A target group that no listener sends to checks nobody, and calls its targets unused.
  return states.every((state) => state === 'unused') ? undefined : states.every((state) => state === 'healthy' || state === 'unused');
}

/** The scheduler's own words are all that ECS gives: a failed placement has no field. */
function cannotBePlaced({ desiredCount, runningCount, pendingCount, messages }: ServiceReading, at: number): boolean {
  if (runningCount + pendingCount >= desiredCount) return false;
  return messages.some((message) => at - message.at < RECENT_MS && message.text.includes('unable to place a task'));
}

/** On the primary service: its fallback may grow, and is not released. */
const PAUSE_TAG = 'spotproof:pause';
const RECENT_MS = 120_000;

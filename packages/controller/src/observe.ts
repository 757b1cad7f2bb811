import { type CapacityMemory, type CapacityObservation, countTasks, type TaskView } from '@spotproof/core/capacity';
import type { Cloud, ServiceReading, TaskReading } from './cloud.ts';
import type { SkipReason } from './decision.ts';
import { viewSingleService } from './single-service.ts';
import { servicesOf, type Unit } from './unit.ts';

export type Reading =
  | {
      readonly type: 'read';
      readonly observation: CapacityObservation;
      /** Of this unit as it is now; never above what was configured. */
      readonly maxFallback: number;
      /** Makes the fallback this large, for a target of so many tasks. */
      readonly setFallback: (count: number, target: number) => Promise<void>;
    }
  | { readonly type: 'unusable'; readonly why: SkipReason; readonly problem: string };

/** Reads everything anew. Nothing is taken from events: those may be lost, doubled and out of order. */
export async function observe(cloud: Cloud, unit: Unit, at: number, memory: CapacityMemory | undefined): Promise<Reading> {
  const { cluster, capacity, fallback } = unit;
  const services = await cloud.describeServices(cluster, servicesOf(unit));
  const missing = servicesOf(unit).find((name) => activeService(services, name) === undefined);
  const service = activeService(services, unit.primary);
  if (missing !== undefined || service === undefined)
    return { type: 'unusable', why: 'service-missing', problem: `service ${missing ?? unit.primary} of cluster ${cluster} is not there` };

  const [wanted, stopping, scaling, ...targets] = await Promise.all([
    cloud.listTasks(cluster, unit.primary, 'RUNNING'),
    cloud.listTasks(cluster, unit.primary, 'STOPPED'),
    cloud.describeScaling(cluster, unit.primary),
    ...service.targetGroups.map(({ arn }) => cloud.describeTargets(arn)),
  ]);
  const states = targets.map((group) => new Map(group.map((target) => [addressOf(target.id, target.port), target.state])));
  const tasks: readonly TaskView[] = [...wanted, ...stopping].map((task) => ({ ...task, isHealthy: isHealthy(task, service, states) }));
  const common = {
    at,
    paused: service.tags[PAUSE_TAG] !== undefined && service.tags[PAUSE_TAG] !== 'false',
    scaleIn: scaling === undefined ? 'none' : scaling.isScaleInSuspended ? 'suspended' : 'active',
  } as const;
  if (fallback.kind === 'twin') {
    const twin = activeService(services, fallback.service) ?? service;
    return {
      type: 'read',
      observation: {
        ...common,
        primary: { desired: service.desiredCount, isRollingOut: service.isRollingOut, ...countTasks(tasks, at, capacity) },
        fallback: { desired: twin.desiredCount, isRollingOut: twin.isRollingOut, placementFailed: cannotBePlaced(twin, at) },
      },
      maxFallback: capacity.maxFallback,
      setFallback: (count) => cloud.setDesiredCount(cluster, fallback.service, count),
    };
  }
  const view = viewSingleService({ service, tasks, scaling, normalMinCapacity: fallback.minCapacity, held: memory?.held, at, capacity });
  if (view.type === 'unusable') return view;
  return {
    type: 'read',
    observation: { ...common, primary: view.primary, fallback: view.fallback },
    maxFallback: view.maxFallback,
    setFallback: (count, target) => cloud.setMinCapacity(cluster, unit.primary, view.minCapacityFor(count, target)),
  };
}

/** A service that can be read and written; one that is deleted stays INACTIVE for a while (ECS API reference, DescribeServices). */
export function activeService(services: readonly ServiceReading[], name: string): ServiceReading | undefined {
  return services.find((service) => service.name === name && service.status === 'ACTIVE');
}

/**
 * In all of its target groups, at the port of its container; where there is none, what its container check says.
 *
 * @param known For each target group, the states of its targets by address.
 */
function isHealthy(task: TaskReading, { targetGroups }: ServiceReading, known: readonly ReadonlyMap<string, string>[]): boolean | undefined {
  if (targetGroups.length === 0) return task.healthStatus === 'UNKNOWN' ? undefined : task.healthStatus === 'HEALTHY';
  const states = targetGroups.map(({ containerPort }, index) => known[index]?.get(addressOf(task.privateIpv4Address ?? '', containerPort)));
  // A target group that no listener sends to checks nobody, and calls its targets unused.
  return states.every((state) => state === 'unused') ? undefined : states.every((state) => state === 'healthy' || state === 'unused');
}

function addressOf(id: string, port: number): string {
  return `${id}:${port}`;
}

/** The scheduler's own words are all that ECS gives: a failed placement has no field. */
function cannotBePlaced({ desiredCount, runningCount, pendingCount, messages }: ServiceReading, at: number): boolean {
  if (runningCount + pendingCount >= desiredCount) return false;
  return messages.some((message) => at - message.at < RECENT_MS && message.text.includes('unable to place a task'));
}

/** On the primary service: its fallback may grow, and is not released. */
const PAUSE_TAG = 'spotproof:pause';
const RECENT_MS = 120_000;

import { type CapacityMemory, type CapacityObservation, countTasks, type TaskView } from '@spotproof/core/capacity';
import { addressesOf } from './addresses.ts';
import type { Cloud, ScalingReading, ServiceReading, TaskReading } from './cloud.ts';
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
      readonly setFallback: (count: number, target: number, signal: AbortSignal) => Promise<void>;
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
  const stranger = service.targetGroups.find(({ containerPort }, index) =>
    knowsNone(wanted, at, (task) => stateOf(task, containerPort, states[index])),
  );
  if (stranger !== undefined)
    return {
      type: 'unusable',
      why: 'targets-unknown',
      problem: `${stranger.arn} has no target of a task of service ${unit.primary} at port ${stranger.containerPort}; blue/green deployments are not supported`,
    };
  const tasks: readonly TaskView[] = [...wanted, ...stopping].map((task) => ({ ...task, isHealthy: isHealthy(task, service, states) }));
  const common = {
    at,
    paused: isPaused(service),
    scaleIn: scaleInOf(service, scaling),
  } as const;
  if (fallback.kind === 'twin') {
    const twin = activeService(services, fallback.service) ?? service;
    const unfit = whyUnfit(twin, service);
    if (unfit !== undefined) return { type: 'unusable', why: 'twin-unfit', problem: unfit };
    return {
      type: 'read',
      observation: {
        ...common,
        primary: { desired: service.desiredCount, isRollingOut: service.isRollingOut, ...countTasks(tasks, at, capacity) },
        fallback: { desired: twin.desiredCount, isRollingOut: twin.isRollingOut, placementFailed: cannotBePlaced(twin, at) },
      },
      maxFallback: capacity.maxFallback,
      setFallback: (count, _target, signal) => cloud.setDesiredCount(cluster, fallback.service, count, signal),
    };
  }
  const view = viewSingleService({ service, tasks, scaling, normalMinCapacity: fallback.minCapacity, held: memory?.held, at, capacity });
  if (view.type === 'unusable') return view;
  return {
    type: 'read',
    observation: { ...common, primary: view.primary, fallback: view.fallback },
    maxFallback: view.maxFallback,
    setFallback: (count, target, signal) => cloud.setMinCapacity(cluster, unit.primary, view.minCapacityFor(count, target), signal),
  };
}

function whyUnfit(twin: ServiceReading, primary: ServiceReading): string | undefined {
  if (twin.strategy.some(({ capacityProvider, weight = 0, base = 0 }) => capacityProvider === 'FARGATE_SPOT' && weight + base > 0))
    return `the strategy of twin ${twin.name} asks FARGATE_SPOT for tasks: what Spot does not give, it cannot give either`;
  const shared = primary.targetGroups.some(({ arn }) => twin.targetGroups.some((group) => group.arn === arn));
  return shared || primary.targetGroups.length === 0
    ? undefined
    : `twin ${twin.name} is in no target group of ${primary.name}: it would get no requests`;
}

/** As people spell it: a key in any case, and a value that says no. */
function isPaused({ tags }: ServiceReading): boolean {
  return Object.entries(tags).some(([key, value]) => key.toLowerCase() === PAUSE_TAG && !NO.has(value.trim().toLowerCase()));
}

/**
 * Any change of a scalable target pulls the service between its bounds (RegisterScalableTarget API reference). Who has set it outside of them, to 0
 * for instance, wants it there: then the scalable target is left alone.
 */
function scaleInOf({ desiredCount }: ServiceReading, scaling: ScalingReading | undefined): CapacityObservation['scaleIn'] {
  if (scaling === undefined || desiredCount < scaling.minCapacity || desiredCount > scaling.maxCapacity) return 'none';
  return scaling.isScaleInSuspended ? 'suspended' : 'active';
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
  const states = targetGroups.map(({ containerPort }, index) => stateOf(task, containerPort, known[index]));
  // A target group that no listener sends to checks nobody, and calls its targets unused.
  return states.every((state) => state === 'unused') ? undefined : states.every((state) => state === 'healthy' || state === 'unused');
}

/**
 * Whether tasks that have run for a while are all strangers to a target group. ECS registers a task before it is RUNNING: where it has registered them
 * elsewhere (blue/green) or by other names (instances), they may be well, and all of them would be missing.
 */
function knowsNone(tasks: readonly TaskReading[], at: number, stateIn: (task: TaskReading) => string | undefined): boolean {
  const settled = tasks.filter(({ lastStatus, startedAt }) => lastStatus === 'RUNNING' && startedAt !== undefined && at - startedAt > RECENT_MS);
  return settled.length > 0 && settled.every((task) => stateIn(task) === undefined);
}

function stateOf(task: TaskReading, containerPort: number, known: ReadonlyMap<string, string> | undefined): string | undefined {
  return addressesOf(task)
    .map((address) => known?.get(addressOf(address, containerPort)))
    .find((state) => state !== undefined);
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
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0']);
const RECENT_MS = 120_000;

import { noteFailedLaunch } from '../deployment/circuit-breaker.ts';
import { emitServiceAction } from '../events/emit.ts';
import { LAUNCH_RATE, type Model } from '../state/model.ts';
import type { DeploymentRecord, ServiceRecord } from '../state/records.ts';
import { say } from '../state/messages.ts';
import type { TaskDefinition } from '../spec/service.ts';
import { cpuUnits, provision } from '../task/life.ts';
import { takeToken } from '../throttle/token-bucket.ts';
import type { CapacityProvider } from '../spec/strategy.ts';

export type Placed = 'placed' | 'no-capacity' | 'no-token';

/** Starts one task of the deployment on the provider, in the zone of the service that has the fewest of its tasks and has room (Fargate spreads tasks over zones). */
export function placeTask(model: Model, service: ServiceRecord, deployment: DeploymentRecord, provider: CapacityProvider): Placed {
  const { zones, taskDefinition } = deployment.revision;
  const zone = roomiestZone(model, service, { zones, provider });
  if (zone === undefined || !isWithinQuota(model, provider, taskDefinition)) return 'no-capacity';
  if (!takeLaunchToken(model, provider)) {
    model.awaitingToken[provider].add(service);
    return 'no-token';
  }
  model.pools.take(provider, zone);
  const replaces = deployment.lost.get(provider)?.shift();
  provision(model, { owner: service, deployment, provider, zone, taskDefinition, replaces, startedBy: deployment.id });
  return 'placed';
}

/** The provider has room nowhere: tells of it, and makes the scheduler wait before it asks again, longer each time. */
export function notePlacementFailure(
  model: Model,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  failure: { readonly provider: CapacityProvider; readonly missing: number },
): void {
  const { provider, missing } = failure;
  const { placementRetryMs, placementRetryMaxMs } = model.config.scheduler;
  const before = service.blocked.get(provider);
  const delayMs = before === undefined ? placementRetryMs : Math.min(before.delayMs * 2, placementRetryMaxMs);
  service.blocked.set(provider, { retryAt: model.now + delayMs, delayMs });
  model.timers.add(model.now + delayMs, { type: 'schedule', service });
  noteFailedLaunch(service, deployment);
  model.effects.push({ type: 'placement-failed', service: service.name, provider, missing });
  say(
    model,
    service,
    'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.',
  );
  emitServiceAction(model, service, { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', provider, reason: 'RESOURCE:FARGATE' });
}

/** One launch counts against the account's rate for the provider, whichever service it is for. */
export function takeLaunchToken(model: Model, provider: CapacityProvider): boolean {
  const { bucket, taken, retryAfterMs } = takeToken(model.launchBuckets[provider], LAUNCH_RATE, model.now);
  model.launchBuckets[provider] = bucket;
  if (!taken && model.awaitingToken[provider].size === 0) model.timers.add(model.now + retryAfterMs, { type: 'launch-token', provider });
  return taken;
}

export function isWithinQuota(model: Model, provider: CapacityProvider, taskDefinition: TaskDefinition): boolean {
  const vcpus = model.config.quotas[provider];
  return vcpus === undefined || model.cpuInUse[provider] + cpuUnits(taskDefinition) <= vcpus * 1024;
}

function roomiestZone(
  model: Model,
  service: ServiceRecord,
  options: { readonly zones: readonly string[]; readonly provider: CapacityProvider },
): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const zone of options.zones) {
    if (!model.pools.hasRoom(options.provider, zone)) continue;
    const count = tasksInZone(service, zone);
    if (count >= fewest) continue;
    best = zone;
    fewest = count;
  }
  return best;
}

/** Tasks of the service there that nobody has told to stop. */
export function tasksInZone(service: ServiceRecord, zone: string): number {
  let count = 0;
  for (const { pools } of service.deployments) {
    for (const pool of pools) if (pool.zone === zone) count += pool.starting.size + pool.serving.size + pool.unhealthy.size;
  }
  return count;
}

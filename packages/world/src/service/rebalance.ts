import { emitServiceAction } from '../events/emit.ts';
import type { Model } from '../state/model.ts';
import { tasksInZone } from '../placement/place.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import type { DeploymentRecord, ServiceRecord } from '../state/records.ts';
import { tally } from '../state/bookkeeping.ts';
import { say } from '../state/messages.ts';

/**
 * Availability Zone rebalancing (ECS developer guide, "Track Amazon ECS Availability Zone rebalancing"): a service that is as it should be but lies unevenly over its zones
 * starts tasks where it has few, and stops as many where it has most once the new ones are healthy. Not with a maximumPercent of 100, which leaves no room for that.
 */
export function rebalance(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  const gap = findGap(service, primary);
  if (gap === undefined) {
    service.unbalancedSince = undefined;
    if (!service.isRebalancing) return;
    service.isRebalancing = false;
    say(model, service, 'is AZ balanced.');
    emitServiceAction(model, service, { eventName: 'SERVICE_REBALANCING_COMPLETED' });
    return;
  }
  if (service.unbalancedSince === undefined) {
    service.unbalancedSince = model.now;
    model.timers.add(model.now + model.config.scheduler.rebalanceAfterMs, { type: 'schedule', service });
  }
  if (model.now < service.unbalancedSince + model.config.scheduler.rebalanceAfterMs) return;
  // Each try starts the wait anew, so that a zone without capacity is asked now and then, not all the time.
  service.unbalancedSince = undefined;
  if (!service.isRebalancing) {
    service.isRebalancing = true;
    say(model, service, 'is not AZ balanced. AZ Rebalancing in progress.');
    emitServiceAction(model, service, { eventName: 'SERVICE_REBALANCING_STARTED' });
  }
  if (model.pools.hasRoom(gap.provider, gap.weakZone)) primary.rebalancing.set(gap.provider, gap.tasks);
  else emitServiceAction(model, service, { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', provider: gap.provider, reason: 'RESOURCE:FARGATE' });
  model.dirty.add(service);
}

/** The tasks that were started for balance are healthy: as many may go where there are too many. */
export function clearRebalancing(service: ServiceRecord, primary: DeploymentRecord): void {
  for (const [provider, extra] of primary.rebalancing) {
    const share = primary.shares.find((one) => one.provider === provider)?.count ?? 0;
    const { healthy, starting, unhealthy } = tally(primary, provider);
    const isOver = service.deployments.length > 1 || unhealthy > 0 || (starting === 0 && healthy >= share + extra);
    if (isOver) primary.rebalancing.delete(provider);
  }
}

interface Gap {
  readonly provider: CapacityProvider;
  readonly weakZone: string;
  readonly tasks: number;
}

function findGap(service: ServiceRecord, primary: DeploymentRecord): Gap | undefined {
  const { zones } = primary.revision;
  const { maximumPercent = 200 } = service.deploymentConfiguration;
  if (service.availabilityZoneRebalancing !== 'ENABLED' || zones.length < 2 || maximumPercent <= 100) return undefined;
  let [weak, strong] = [
    { zone: '', count: Number.POSITIVE_INFINITY },
    { zone: '', count: -1 },
  ];
  for (const zone of zones) {
    const count = tasksInZone(service, zone);
    if (count < weak.count) weak = { zone, count };
    if (count > strong.count) strong = { zone, count };
  }
  // One more or less is what a count that the zones do not divide leaves.
  if (strong.count - weak.count < 2) return undefined;
  let fullest: { readonly provider: CapacityProvider; readonly size: number } | undefined;
  for (const { provider, zone, serving } of primary.pools) {
    if (zone === strong.zone && serving.size > (fullest?.size ?? 0)) fullest = { provider, size: serving.size };
  }
  if (fullest === undefined) return undefined;
  const most = Math.floor((service.desiredCount * maximumPercent) / 100) - service.desiredCount;
  const tasks = Math.min(Math.floor((strong.count - weak.count) / 2), most);
  return tasks > 0 ? { provider: fullest.provider, weakZone: weak.zone, tasks } : undefined;
}

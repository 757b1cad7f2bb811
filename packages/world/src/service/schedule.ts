import { isTripped, noteUnhealthyTask } from '../deployment/circuit-breaker.ts';
import { complete, fail } from '../deployment/deploy.ts';
import { emitServiceAction } from '../events/emit.ts';
import type { Model } from '../state/model.ts';
import { notePlacementFailure, placeTask, tasksInZone } from '../placement/place.ts';
import { sharesOf } from '../placement/shares.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import type { DeploymentRecord, ServiceRecord, TaskPool, TaskRecord } from '../state/records.ts';
import { stop } from '../task/life.ts';
import { primaryOf, tally } from '../state/bookkeeping.ts';
import { say } from '../state/messages.ts';
import { clearRebalancing, rebalance } from './rebalance.ts';

/**
 * The service scheduler's look at one service: stops what is too much, starts what is missing, and says so when all is as it should be. It costs the same for a service of
 * ten tasks and of ten thousand, as long as little has changed.
 */
export function schedule(model: Model, service: ServiceRecord): void {
  if (service.status === 'INACTIVE') return;
  dropEmptyDeployments(service);
  if (isTripped(service, primaryOf(service))) fail(model, service, primaryOf(service));
  const primary = primaryOf(service);
  if (service.status === 'DRAINING') {
    stopEverything(model, service);
    return;
  }
  if (primary.rolloutState !== 'FAILED') stopOldTasks(model, service, primary);
  clearRebalancing(service, primary);
  scaleIn(model, service, primary);
  stopUnhealthyTasks(model, service, primary);
  if (primary.rolloutState !== 'FAILED') startMissingTasks(model, service, primary);
  noteSteadyState(model, service, primary);
}

/** What maximumPercent leaves room for. It counts RUNNING and PENDING tasks, and in a deployment those that are stopping as well (service definition parameters). */
function roomToStart(service: ServiceRecord): number {
  const { maximumPercent = 200 } = service.deploymentConfiguration;
  const most = Math.floor((service.desiredCount * maximumPercent) / 100);
  let count = primaryOf(service).rolloutState === 'IN_PROGRESS' ? service.stoppingCount : 0;
  for (const deployment of service.deployments) {
    for (const pool of deployment.pools) count += pool.starting.size + pool.serving.size + pool.unhealthy.size;
  }
  return most - count;
}

function dropEmptyDeployments(service: ServiceRecord): void {
  if (service.deployments.length === 1) return;
  for (let index = service.deployments.length - 1; index >= 0; index--) {
    const deployment = service.deployments[index];
    if (deployment?.status === 'ACTIVE' && deployment.live === 0) service.deployments.splice(index, 1);
  }
}

function stopEverything(model: Model, service: ServiceRecord): void {
  for (const task of service.tasks) stop(model, task, scalingReason(task));
  if (service.tasks.size > 0) return;
  service.status = 'INACTIVE';
  service.scalable = undefined;
}

/** Tasks of earlier deployments go as soon as enough healthy ones are left without them: minimumHealthyPercent of the desired count, rounded up. */
function stopOldTasks(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  if (service.deployments.length === 1) return;
  const { minimumHealthyPercent = 100 } = service.deploymentConfiguration;
  let healthy = 0;
  for (const deployment of service.deployments) healthy += tally(deployment).healthy;
  let spare = healthy - Math.ceil((service.desiredCount * minimumHealthyPercent) / 100);
  let stopped = 0;
  for (const deployment of service.deployments) {
    if (deployment === primary) continue;
    for (const pool of deployment.pools) {
      for (const task of unprotected(pool.starting)) stopped += stopOne(model, task);
      for (const task of unprotected(pool.unhealthy)) stopped += stopOne(model, task);
      if (spare <= 0 && pool.serving.size === pool.healthy) continue;
      for (const task of unprotected(pool.serving)) {
        if (task.health === 'HEALTHY' && spare <= 0) continue;
        if (task.health === 'HEALTHY') spare -= 1;
        stopped += stopOne(model, task);
        if (spare <= 0 && pool.serving.size === pool.healthy) break;
      }
    }
  }
  if (stopped > 0) say(model, service, `has stopped ${stopped} running tasks.`);
}

/** Fewer are desired than there are: takes from the provider that has too many, in the zone that has the most tasks, and those first that do not run or are not known to be healthy yet. */
function scaleIn(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  let stopped = 0;
  for (const { provider, count } of sharesOf(primary, service.desiredCount)) {
    const { starting, serving } = tally(primary, provider);
    let surplus = starting + serving - count - (primary.rebalancing.get(provider) ?? 0);
    while (surplus > 0) {
      const victim = findVictim(service, primary, provider);
      // Only protected tasks are left; the scheduler looks again when a protection ends.
      if (victim === undefined) break;
      stopped += stopOne(model, victim);
      surplus -= 1;
    }
  }
  if (stopped > 0) say(model, service, `has stopped ${stopped} running tasks.`);
}

function findVictim(service: ServiceRecord, primary: DeploymentRecord, provider: CapacityProvider): TaskRecord | undefined {
  for (const candidateOf of [firstStarting, firstUnproven, firstServing]) {
    let victim: TaskRecord | undefined;
    let most = -1;
    for (const pool of primary.pools) {
      const candidate = pool.provider === provider ? candidateOf(pool) : undefined;
      const count = tasksInZone(service, pool.zone);
      if (candidate === undefined || count <= most) continue;
      victim = candidate;
      most = count;
    }
    if (victim !== undefined) return victim;
  }
  return undefined;
}

function firstStarting({ starting }: TaskPool): TaskRecord | undefined {
  return first(starting, (task) => task.protectedUntil === undefined);
}

/** One that runs and has not passed its health checks yet. */
function firstUnproven({ serving, healthy }: TaskPool): TaskRecord | undefined {
  return serving.size === healthy ? undefined : first(serving, (task) => task.protectedUntil === undefined && task.health !== 'HEALTHY');
}

function firstServing({ serving }: TaskPool): TaskRecord | undefined {
  return first(serving, (task) => task.protectedUntil === undefined);
}

function first(tasks: Set<TaskRecord>, fits: (task: TaskRecord) => boolean): TaskRecord | undefined {
  for (const task of tasks) if (fits(task)) return task;
  return undefined;
}

/**
 * A replacement is started first, and the unhealthy task stopped when the replacement's own health is known, whichever way; where maximumPercent leaves no room for
 * that, unhealthy tasks are stopped one at a time to make it (ECS developer guide, "Amazon ECS services", replacing unhealthy tasks).
 */
function stopUnhealthyTasks(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  for (const { provider, count } of sharesOf(primary, service.desiredCount)) {
    const { healthy, unhealthy, starting, serving, held } = tally(primary, provider);
    if (unhealthy === 0) continue;
    let surplus = healthy + unhealthy - count;
    const isBlocked = starting + serving + held < count && roomToStart(service) <= 0 && service.stoppingCount === 0;
    if (surplus <= 0 && isBlocked) surplus = 1;
    for (const pool of primary.pools) {
      if (pool.provider !== provider) continue;
      for (const task of pool.unhealthy) {
        if (surplus <= 0) break;
        surplus -= 1;
        noteUnhealthyTask(task);
        const sick = task.registrations.find((registration) => registration.health === 'unhealthy');
        const where = sick === undefined ? '' : ` in (target-group ${sick.group.name})`;
        say(model, service, `(task ${task.id}) is unhealthy${where}.`);
        stop(model, task, { code: 'ServiceSchedulerInitiated', reason: `Task failed ELB health checks${where}` });
      }
    }
  }
}

function startMissingTasks(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  if (model.now < service.launchAt) return;
  let room = roomToStart(service);
  let started = 0;
  for (const { provider, count } of sharesOf(primary, service.desiredCount)) {
    const { starting, serving, held } = tally(primary, provider);
    let missing = count + (primary.rebalancing.get(provider) ?? 0) - starting - serving - held;
    forgetLost(primary, provider, missing);
    const blocked = service.blocked.get(provider);
    if (blocked !== undefined && model.now < blocked.retryAt) continue;
    while (missing > 0 && room > 0) {
      const placed = placeTask(model, service, primary, provider);
      if (placed === 'no-capacity') notePlacementFailure(model, service, primary, { provider, missing });
      if (placed !== 'placed') break;
      service.blocked.delete(provider);
      missing -= 1;
      room -= 1;
      started += 1;
    }
  }
  if (started > 0) say(model, service, `has started ${started} tasks.`);
}

/** What was lost and will not be replaced, because fewer are desired by now. */
function forgetLost(primary: DeploymentRecord, provider: CapacityProvider, missing: number): void {
  const lost = primary.lost.get(provider);
  if (lost !== undefined && lost.length > Math.max(0, missing)) lost.splice(0, lost.length - Math.max(0, missing));
}

function noteSteadyState(model: Model, service: ServiceRecord, primary: DeploymentRecord): void {
  const { starting, serving, healthy, unhealthy, held } = tally(primary);
  const isSteady = service.deployments.length === 1 && starting + unhealthy + held === 0 && serving === healthy && serving === service.desiredCount;
  if (!isSteady) {
    service.steady = false;
    return;
  }
  complete(model, service, primary);
  if (!service.steady) {
    service.steady = true;
    service.steadyStates += 1;
    saySteady(model, service);
  }
  rebalance(model, service, primary);
}

/** Says that the service is as it should be, and sees to it that this is said again (SERVICE_STEADY_STATE: "reported periodically"). */
export function saySteady(model: Model, service: ServiceRecord): void {
  say(model, service, 'has reached a steady state.');
  emitServiceAction(model, service, { eventName: 'SERVICE_STEADY_STATE' });
  for (const { capacityProvider } of service.revision.strategy) {
    emitServiceAction(model, service, { eventName: 'CAPACITY_PROVIDER_STEADY_STATE', provider: capacityProvider });
  }
  model.timers.add(model.now + model.config.scheduler.steadyStateEveryMs, { type: 'still-steady', service, number: service.steadyStates });
}

function stopOne(model: Model, task: TaskRecord): number {
  return stop(model, task, scalingReason(task)) ? 1 : 0;
}

function scalingReason(task: TaskRecord): { readonly code: 'ServiceSchedulerInitiated'; readonly reason: string } {
  return { code: 'ServiceSchedulerInitiated', reason: `Scaling activity initiated by (deployment ${task.deployment?.id})` };
}

function* unprotected(tasks: Set<TaskRecord>): Iterable<TaskRecord> {
  for (const task of tasks) if (task.protectedUntil === undefined) yield task;
}

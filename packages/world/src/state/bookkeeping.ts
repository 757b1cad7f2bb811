import type { Model } from './model.ts';
import type { DeploymentRecord, ServiceRecord, TaskPlace, TaskPool, TaskRecord } from './records.ts';

/** Where a service counts its tasks. Kept at every change, so that the scheduler never has to go through them. */

export function poolOf(deployment: DeploymentRecord, provider: TaskPool['provider'], zone: string): TaskPool {
  const known = deployment.pools.find((pool) => pool.provider === provider && pool.zone === zone);
  if (known !== undefined) return known;
  const pool: TaskPool = { provider, zone, starting: new Set(), serving: new Set(), unhealthy: new Set(), held: 0, healthy: 0 };
  deployment.pools.push(pool);
  return pool;
}

export function moveTo(model: Model, task: TaskRecord, place: TaskPlace): void {
  const { pool, owner } = task;
  if (pool === undefined || owner === undefined || task.place === place) return;
  leave(task, pool);
  task.place = place;
  switch (place) {
    case 'starting':
      pool.starting.add(task);
      break;
    case 'serving':
      pool.serving.add(task);
      if (task.health === 'HEALTHY') pool.healthy += 1;
      break;
    case 'unhealthy':
      pool.unhealthy.add(task);
      noteLost(task);
      break;
    case 'held':
      pool.held += 1;
      break;
    case 'gone':
      break;
  }
  model.dirty.add(owner);
}

function leave(task: TaskRecord, pool: TaskPool): void {
  switch (task.place) {
    case 'starting':
      pool.starting.delete(task);
      break;
    case 'serving':
      pool.serving.delete(task);
      if (task.health === 'HEALTHY') pool.healthy -= 1;
      break;
    case 'unhealthy':
      pool.unhealthy.delete(task);
      break;
    case 'held':
      pool.held -= 1;
      break;
    case 'gone':
      break;
  }
}

/** Changes what is known of a task's health, and where it is counted. */
export function setHealth(model: Model, task: TaskRecord, health: TaskRecord['health'], place: 'serving' | 'unhealthy'): void {
  const { place: before } = task;
  moveTo(model, task, 'gone');
  task.health = health;
  if (before !== 'gone') moveTo(model, task, place);
}

/** The task will be missing: whoever replaces it says so. */
export function noteLost(task: TaskRecord): void {
  const lost = task.deployment?.lost;
  if (lost === undefined) return;
  const queue = lost.get(task.provider);
  if (queue === undefined) lost.set(task.provider, [task.id]);
  else queue.push(task.id);
}

/** What a deployment has, over all its pools. */
export interface Tally {
  readonly starting: number;
  readonly serving: number;
  readonly healthy: number;
  readonly unhealthy: number;
  readonly held: number;
}

export function tally(deployment: DeploymentRecord, provider?: TaskPool['provider']): Tally {
  const sum = { starting: 0, serving: 0, healthy: 0, unhealthy: 0, held: 0 };
  for (const pool of deployment.pools) {
    if (provider !== undefined && pool.provider !== provider) continue;
    sum.starting += pool.starting.size;
    sum.serving += pool.serving.size;
    sum.healthy += pool.healthy;
    sum.unhealthy += pool.unhealthy.size;
    sum.held += pool.held;
  }
  return sum;
}

export function primaryOf(service: ServiceRecord): DeploymentRecord {
  const primary = service.deployments.find((deployment) => deployment.status === 'PRIMARY');
  if (primary === undefined) throw new RangeError(`service ${service.name} has no PRIMARY deployment.`);
  return primary;
}

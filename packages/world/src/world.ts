import { SpotproofError } from '@spotproof/core';
import { deregisterScalableTarget, onScalingAlarm, registerScalableTarget } from './autoscaling/scalable-target.ts';
import { completeConfig, type WorldConfig } from './spec/config.ts';
import { noteFailedLaunch } from './deployment/circuit-breaker.ts';
import type { WorldEffect } from './spec/effects.ts';
import type { CapacityInput, TargetInput, WorldInput } from './spec/inputs.ts';
import { createModel, type Job, type Model } from './state/model.ts';
import { strategyProblem } from './spec/strategy.ts';
import type { TaskRecord } from './state/records.ts';
import { reject } from './state/rejection.ts';
import { backOff } from './service/back-off.ts';
import { noteLost } from './state/bookkeeping.ts';
import { checkInput } from './spec/check-input.ts';
import { createService } from './service/create.ts';
import { saySteady, schedule } from './service/schedule.ts';
import { deleteService, updateService } from './service/update.ts';
import { pickRunning, reclaim } from './capacity/reclaim.ts';
import { judge, setTargetHealth } from './task/health.ts';
import {
  drain,
  interrupt,
  onDeprovisioned,
  onDeregisterDue,
  onExited,
  onPlaced,
  onProvisioned,
  onSigkillDue,
  onSigtermDue,
  onStarted,
  stop,
} from './task/life.ts';
import { onProtectionOver, protectTasks } from './task/protection.ts';
import { runTasks } from './placement/run-tasks.ts';

/**
 * A small cloud: one ECS cluster with its services, tasks and target groups. Give it to {@link step} and go on with the world that comes back: the one given is spent.
 * (Copying ten thousand tasks for each event would be the price of keeping it.)
 */
export interface World {
  readonly [MODEL]: Model;
  /** How many steps it has taken. */
  readonly revision: number;
}

export interface WorldStep {
  readonly world: World;
  readonly effects: readonly WorldEffect[];
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for a value out of range. */
export function createWorld(config: WorldConfig): World {
  return handle(createModel(completeConfig(config)), 0);
}

/**
 * What `input` does to the world at `now`, after everything that fell due until then. The same worlds, inputs and times give the same effects.
 *
 * @param now Milliseconds on any clock that never goes back.
 * @throws {SpotproofError} `SPOTPROOF_MISUSE` for a world that was stepped already, or a time before that of the last step; `SPOTPROOF_CONFIG_INVALID` for an
 *   input with a value out of range, which then changes nothing.
 */
export function step(world: World, input: WorldInput, now: number): WorldStep {
  const model = world[MODEL];
  if (revisions.get(model) !== world.revision) throw misuse('step was given a world that it had stepped already. Go on with the world it returned.');
  if (!(now >= model.now)) throw misuse(`now must not go back: the last step was at ${model.now}, this one at ${now}. Pass a monotonic clock.`);
  checkInput(input);

  model.now = now;
  model.effects = [];
  runDue(model);
  applyInput(model, input);
  runDue(model);
  return { world: handle(model, world.revision + 1), effects: model.effects };
}

/** When the next `tick` is due if nothing else happens; undefined when nothing is pending. It may turn out that there is nothing to do then. */
export function nextWakeAt(world: World): number | undefined {
  return world[MODEL].timers.nextAt;
}

/** What the read model reads. Not exported from the package. */
export function modelOf(world: World): Model {
  return world[MODEL];
}

function applyInput(model: Model, input: WorldInput): void {
  switch (input.type) {
    case 'create-service':
      return createService(model, input.service);
    case 'update-service':
      return updateService(model, input.service, input.changes);
    case 'delete-service':
      return deleteService(model, input.service, input.force ?? false);
    case 'put-cluster-capacity-providers':
      return putCapacityProviders(model, input);
    case 'run-tasks':
      return runTasks(model, input);
    case 'task-started':
      return withTask(model, input.taskId, (task) => onStarted(model, task));
    case 'task-exited':
      return withTask(model, input.taskId, (task) => exited(model, task, input.exitCode));
    case 'stop':
      for (const taskId of input.taskIds) withTask(model, taskId, (task) => stopTask(model, task, input));
      return undefined;
    case 'protect-tasks':
      return protectTasks(model, input);
    case 'put-target-group':
    case 'deregister-targets':
    case 'target-health':
      return applyTargetInput(model, input);
    case 'capacity':
    case 'interrupt':
    case 'interrupt-some':
    case 'reclaim':
      return applyCapacityInput(model, input);
    case 'register-scalable-target':
      return registerScalableTarget(model, input);
    case 'deregister-scalable-target':
      return deregisterScalableTarget(model, input.service);
    case 'scaling-alarm':
      return onScalingAlarm(model, input);
    case 'tick':
      return undefined;
  }
}

function applyTargetInput(model: Model, input: Exclude<TargetInput, undefined>): void {
  const name = input.type === 'put-target-group' ? input.targetGroup.name : input.targetGroup;
  const group = model.targetGroups.get(name);
  if (input.type === 'put-target-group') {
    if (group === undefined) model.targetGroups.set(name, { name, spec: input.targetGroup, registrations: new Set() });
    else group.spec = input.targetGroup;
    return;
  }
  if (group === undefined) {
    reject(model, input.type, 'TargetGroupNotFound', `Target groups '${name}' not found`);
    return;
  }
  if (input.type === 'target-health') {
    withTask(model, input.taskId, (task) => setTargetHealth(model, task, name, input.health));
    return;
  }
  // "If the specified target does not exist, the action returns successfully": a wrong port is such a target (ELBv2 API, DeregisterTargets).
  for (const { taskId, port = group.spec.port } of input.targets) {
    const registration = model.tasks.get(taskId)?.registrations.find((one) => one.group === group && one.port === port);
    if (registration !== undefined) drain(model, registration);
  }
}

function applyCapacityInput(model: Model, input: CapacityInput): void {
  switch (input.type) {
    case 'capacity':
      for (const zone of input.zone === undefined ? model.cluster.zones : [input.zone]) {
        model.pools.set(input.provider ?? 'FARGATE_SPOT', zone, input.launches);
      }
      return;
    case 'interrupt':
      for (const taskId of input.taskIds) withTask(model, taskId, (task) => interrupted(model, task));
      return;
    case 'interrupt-some':
      for (const task of pickRunning(model, input)) interrupted(model, task);
      return;
    case 'reclaim':
      return reclaim(model, input);
  }
}

function runDue(model: Model): void {
  for (;;) {
    for (let due = model.timers.takeDue(model.now); due !== undefined; due = model.timers.takeDue(model.now)) runJob(model, due.job);
    if (model.dirty.size === 0) return;
    // A service that its own scheduling marks again comes back at the end of the set.
    for (const service of model.dirty) {
      model.dirty.delete(service);
      schedule(model, service);
    }
  }
}

function runJob(model: Model, job: Job): void {
  switch (job.type) {
    case 'schedule':
      model.dirty.add(job.service);
      return;
    case 'still-steady':
      if (job.service.steady && job.service.steadyStates === job.number) saySteady(model, job.service);
      return;
    case 'launch-token':
      for (const service of model.awaitingToken[job.provider]) model.dirty.add(service);
      model.awaitingToken[job.provider].clear();
      return;
    case 'drained':
      job.registration.group.registrations.delete(job.registration);
      return;
    case 'provisioned':
      return onProvisioned(model, job.task);
    case 'placed':
      return onPlaced(model, job.task);
    case 'started':
      return onStarted(model, job.task);
    case 'healthy':
      return setTargetHealth(model, job.task, undefined, 'healthy');
    case 'grace-over':
      return judge(model, job.task);
    case 'interrupt':
      return interrupted(model, job.task);
    case 'deregister':
      return onDeregisterDue(model, job.task);
    case 'sigterm':
      return onSigtermDue(model, job.task);
    case 'sigkill':
      return onSigkillDue(model, job.task);
    case 'exited':
      return exited(model, job.task, 0);
    case 'killed':
      return exited(model, job.task, 137);
    case 'deprovisioned':
      return onDeprovisioned(model, job.task);
    case 'forget':
      model.tasks.delete(job.task.id);
      return;
    case 'protection-over':
      return onProtectionOver(model, job.task);
  }
}

function stopTask(
  model: Model,
  task: TaskRecord,
  input: { readonly code: 'UserInitiated' | 'ServiceSchedulerInitiated'; readonly reason?: string },
): void {
  const reason = input.reason ?? (input.code === 'UserInitiated' ? 'Task stopped by user' : 'Scaling activity initiated by the service scheduler');
  if (stop(model, task, { code: input.code, reason })) noteLost(task);
}

/** To the circuit breaker, a task that Spot took before it ran is one that did not come up. */
function interrupted(model: Model, task: TaskRecord): void {
  const { owner, deployment } = task;
  if (interrupt(model, task) && !task.ran && owner !== undefined && deployment !== undefined) noteFailedLaunch(owner, deployment);
}

function exited(model: Model, task: TaskRecord, exitCode: number | undefined): void {
  if (!onExited(model, task, exitCode) || task.ran) return;
  const { owner, deployment } = task;
  if (owner === undefined || deployment === undefined) return;
  noteFailedLaunch(owner, deployment);
  backOff(model, owner);
}

function putCapacityProviders(
  model: Model,
  { capacityProviders, defaultCapacityProviderStrategy }: Extract<WorldInput, { readonly type: 'put-cluster-capacity-providers' }>,
): void {
  const problem = strategyProblem(defaultCapacityProviderStrategy, capacityProviders);
  if (problem !== undefined) reject(model, 'put-cluster-capacity-providers', 'InvalidParameterException', problem);
  else model.cluster = { ...model.cluster, capacityProviders, defaultCapacityProviderStrategy };
}

function withTask(model: Model, taskId: string, act: (task: TaskRecord) => void): void {
  const task = model.tasks.get(taskId);
  if (task !== undefined) act(task);
}

function handle(model: Model, revision: number): World {
  revisions.set(model, revision);
  return { [MODEL]: model, revision };
}

function misuse(message: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_MISUSE', message);
}

const MODEL = Symbol('model');
/** The revision of each model that may be stepped. */
const revisions = new WeakMap<Model, number>();

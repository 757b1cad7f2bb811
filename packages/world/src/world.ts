import { SpotproofError } from '@spotproof/core';
import { checkConfig, type WorldConfig } from './config.ts';
import type { WorldEffect, WorldInput } from './effects.ts';
import { createModel, type Job, type Model } from './model.ts';
import { beginService, replaceFailedStart, replaceTask, setCapacity } from './scheduler.ts';
import {
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
} from './task-life.ts';
import type { Task } from './task.ts';

/**
 * One service on Fargate Spot with its target group. Give it to {@link step} and go on with the world that comes back: the one given is spent.
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
  checkConfig(config);
  return handle(createModel(config), 0);
}

/**
 * What `input` does to the world at `now`, after everything that fell due until then. The same worlds, inputs and times give the same effects.
 *
 * @param now Milliseconds on any clock that never goes back.
 * @throws {SpotproofError} `SPOTPROOF_MISUSE` for a world that was stepped already, or a time before that of the last step.
 */
export function step(world: World, input: WorldInput, now: number): WorldStep {
  const model = world[MODEL];
  if (revisions.get(model) !== world.revision) throw misuse('step was given a world that it had stepped already. Go on with the world it returned.');
  if (!(now >= model.now)) throw misuse(`now must not go back: the last step was at ${model.now}, this one at ${now}. Pass a monotonic clock.`);

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

/** A task that has not come to its end. */
export function getTask(world: World, taskId: string): Task | undefined {
  return world[MODEL].tasks.get(taskId);
}

/** How many tasks are RUNNING and have not been told to stop. */
export function runningCount(world: World): number {
  return world[MODEL].running.size;
}

function applyInput(model: Model, input: WorldInput): void {
  switch (input.type) {
    case 'begin':
      return beginService(model);
    case 'task-started':
      return withTask(model, input.taskId, onStarted);
    case 'task-exited':
      return withTask(model, input.taskId, exited);
    case 'interrupt':
      return interruptAll(model, input.taskIds);
    case 'interrupt-some':
      return interruptAll(model, model.running.pick(input.count === 'all' ? model.running.size : input.count, model.chance.choice));
    case 'stop':
      for (const taskId of input.taskIds) withTask(model, taskId, (_, task) => stopAndReplace(model, task, input.code));
      return undefined;
    case 'capacity':
      return setCapacity(model, input.launchesAvailable);
    case 'tick':
      return undefined;
  }
}

function runDue(model: Model): void {
  for (;;) {
    const due = model.timers.takeDue(model.now);
    if (due === undefined) return;
    runJob(model, due.job);
  }
}

function runJob(model: Model, job: Job): void {
  switch (job.type) {
    case 'launch':
      return replaceTask(model, job.replaces);
    case 'provisioned':
      return withTask(model, job.taskId, onProvisioned);
    case 'placed':
      return withTask(model, job.taskId, onPlaced);
    case 'sigterm':
      return withTask(model, job.taskId, onSigtermDue);
    case 'sigkill':
      return withTask(model, job.taskId, onSigkillDue);
    case 'deregister':
      return withTask(model, job.taskId, onDeregisterDue);
    case 'deprovisioned':
      return withTask(model, job.taskId, deprovisioned);
  }
}

function interruptAll(model: Model, taskIds: readonly string[]): void {
  for (const taskId of taskIds) withTask(model, taskId, interruptAndReplace);
}

function interruptAndReplace(model: Model, task: Task): void {
  if (interrupt(model, task) && model.config.replacement === 'at-notice') replaceTask(model, task.id);
}

function stopAndReplace(model: Model, task: Task, code: 'UserInitiated' | 'ServiceSchedulerInitiated'): void {
  const reason = code === 'UserInitiated' ? 'Task stopped by user' : 'Scaling activity initiated by the service scheduler';
  if (stop(model, task, { code, reason })) replaceTask(model, task.id);
}

function exited(model: Model, task: Task): void {
  if (onExited(model, task) === undefined) return;
  if (task.ran) replaceTask(model, task.id);
  else replaceFailedStart(model, task.id);
}

function deprovisioned(model: Model, task: Task): void {
  onDeprovisioned(model, task);
  if (model.config.replacement === 'after-stopped' && task.stop?.code === 'SpotInterruption') replaceTask(model, task.id);
}

function withTask(model: Model, taskId: string, act: (model: Model, task: Task) => void): void {
  const task = model.tasks.get(taskId);
  if (task !== undefined) act(model, task);
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

import type { DelayRange } from './config.ts';
import type { Model } from './model.ts';
import { planInterruption } from './spot/interruption.ts';
import type { StopReason, TaskState } from './task-states.ts';
import type { TargetRegistration, Task } from './task.ts';

/** Begins the life of a task. */
export function provision(model: Model, replaces: string | undefined): void {
  model.tasksLaunched += 1;
  const id = `task-${model.tasksLaunched}`;
  model.tasks.set(id, { id, state: 'PROVISIONING', replaces, stop: undefined, target: 'none', exited: false, ran: false });
  model.effects.push({ type: 'task-state-changed', taskId: id, state: 'PROVISIONING', reason: undefined });
  model.timers.add(model.now + draw(model, model.config.delays.provisioningMs), { type: 'provisioned', taskId: id });
}

export function onProvisioned(model: Model, task: Task): void {
  if (task.state !== 'PROVISIONING') return;
  enter(model, task, 'PENDING');
  model.timers.add(model.now + draw(model, model.config.delays.pendingMs), { type: 'placed', taskId: task.id });
}

export function onPlaced(model: Model, task: Task): void {
  if (task.state !== 'PENDING') return;
  enter(model, task, 'ACTIVATING');
  model.effects.push({ type: 'start-task', taskId: task.id, replaces: task.replaces });
}

export function onStarted(model: Model, task: Task): void {
  if (task.state !== 'ACTIVATING') return;
  model.failedStarts = 0;
  model.running.add(task.id);
  enter(model, { ...task, ran: true, target: 'registered' }, 'RUNNING');
  model.effects.push({ type: 'register-target', taskId: task.id, lagMs: Array.from({ length: model.config.nodes }, () => 0) });
}

/** The Spot notice. Returns false for a task that was stopping already: the first cause is kept. */
export function interrupt(model: Model, task: Task): boolean {
  if (task.stop !== undefined) return false;
  const stop: StopReason = { code: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' };
  if (endBeforeStart(model, task, stop)) return true;
  const { deregistration, stopTimeoutMs } = model.config;
  const plan = planInterruption({ deregistration, stopTimeoutMs, random: model.chance.order });
  const isRegistered = task.target === 'registered';
  deactivate(model, task, stop, isRegistered ? registrationAfter(plan.deregister) : task.target);
  if (isRegistered && typeof plan.deregister === 'object')
    model.timers.add(model.now + plan.deregister.afterMs, { type: 'deregister', taskId: task.id });
  model.timers.add(model.now + plan.sigtermAfterMs, { type: 'sigterm', taskId: task.id });
  return true;
}

/** An ordinary stop: SIGTERM follows once the target is drained, which ECS takes to be when the deregistration delay is over. */
export function stop(model: Model, task: Task, stop: StopReason): boolean {
  if (task.stop !== undefined) return false;
  if (endBeforeStart(model, task, stop)) return true;
  const isRegistered = task.target === 'registered';
  deactivate(model, task, stop, isRegistered ? 'due' : task.target);
  if (isRegistered) model.timers.add(model.now, { type: 'deregister', taskId: task.id });
  model.timers.add(model.now + (isRegistered ? model.config.deregistrationDelayMs : 0), { type: 'sigterm', taskId: task.id });
  return true;
}

export function onSigtermDue(model: Model, task: Task): void {
  if (task.state !== 'DEACTIVATING') return;
  enter(model, task, 'STOPPING');
  model.effects.push({ type: 'send-signal', taskId: task.id, signal: 'SIGTERM' });
  // Counted from the signal as it is sent, not as it was due: a driver that woke late must not shorten the stop timeout.
  model.timers.add(model.now + model.config.stopTimeoutMs, { type: 'sigkill', taskId: task.id });
}

export function onSigkillDue(model: Model, task: Task): void {
  if (task.state === 'STOPPING') model.effects.push({ type: 'send-signal', taskId: task.id, signal: 'SIGKILL' });
}

/** The containers have ended. Returns the reason when nobody had told them to. */
export function onExited(model: Model, task: Task): StopReason | undefined {
  if (task.exited || task.state === 'PROVISIONING' || task.state === 'PENDING') return undefined;
  const unexpected: StopReason | undefined =
    task.stop === undefined ? { code: 'EssentialContainerExited', reason: 'Essential container in task exited' } : undefined;
  model.running.delete(task.id);
  const ended: Task = { ...task, exited: true, stop: task.stop ?? unexpected };
  deprovision(model, unexpected === undefined ? ended : deregisterTarget(model, ended));
  return unexpected;
}

export function onDeregisterDue(model: Model, task: Task): void {
  if (task.target !== 'due') return;
  const deregistered = deregisterTarget(model, task);
  if (task.state === 'STOPPED') model.tasks.delete(task.id);
  else model.tasks.set(task.id, deregistered);
}

export function onDeprovisioned(model: Model, task: Task): void {
  if (task.state !== 'DEPROVISIONING') return;
  enter(model, task.target === 'at-stopped' ? deregisterTarget(model, task) : task, 'STOPPED');
  // Nothing can happen to it any more, but a deregistration that is even later than its end.
  if (task.target !== 'due') model.tasks.delete(task.id);
}

/** A task without containers ends at once, whatever the reason. Fargate Spot takes tasks back before they run, too. */
function endBeforeStart(model: Model, task: Task, stop: StopReason): boolean {
  if (task.state !== 'PROVISIONING' && task.state !== 'PENDING') return false;
  deprovision(model, { ...task, exited: true, stop });
  return true;
}

function deactivate(model: Model, task: Task, stop: StopReason, target: TargetRegistration): void {
  model.running.delete(task.id);
  enter(model, { ...task, stop, target }, 'DEACTIVATING');
}

function deprovision(model: Model, task: Task): void {
  enter(model, task, 'DEPROVISIONING');
  model.timers.add(model.now + draw(model, model.config.delays.deprovisioningMs), { type: 'deprovisioned', taskId: task.id });
}

function deregisterTarget(model: Model, task: Task): Task {
  if (task.target === 'none' || task.target === 'deregistered') return task;
  const { nodes, maxNodeLagMs } = model.config;
  const lagMs = Array.from({ length: nodes }, () => model.chance.lag.integer(0, maxNodeLagMs));
  model.effects.push({ type: 'deregister-target', taskId: task.id, lagMs });
  return { ...task, target: 'deregistered' };
}

function enter(model: Model, task: Task, state: TaskState): void {
  model.tasks.set(task.id, { ...task, state });
  model.effects.push({ type: 'task-state-changed', taskId: task.id, state, reason: task.stop });
}

function registrationAfter(deregister: 'at-stopped' | 'never' | { readonly afterMs: number }): TargetRegistration {
  if (deregister === 'at-stopped') return 'at-stopped';
  return deregister === 'never' ? 'forgotten' : 'due';
}

function draw(model: Model, [min, max]: DelayRange): number {
  return min === max ? min : model.chance.delay.integer(min, max);
}

import type { DelayRange } from '../spec/config.ts';
import { emitTaskStateChange } from '../events/emit.ts';
import type { Model, TaskJobType } from '../state/model.ts';
import type { CapacityProvider } from '../spec/strategy.ts';
import type { DeploymentRecord, Registration, ServiceRecord, TaskRecord } from '../state/records.ts';
import { moveTo, noteLost, poolOf } from '../state/bookkeeping.ts';
import type { TaskDefinition } from '../spec/service.ts';
import { planInterruption } from '../spec/interruption-order.ts';
import { setTargetHealth } from './health.ts';
import type { StopReason, TaskState } from '../spec/task-states.ts';
import type { TargetRegistration } from '../spec/task.ts';

export interface NewTask {
  readonly owner: ServiceRecord | undefined;
  readonly deployment: DeploymentRecord | undefined;
  readonly provider: CapacityProvider;
  readonly zone: string;
  readonly taskDefinition: TaskDefinition;
  readonly replaces: string | undefined;
  readonly startedBy: string | undefined;
}

/** Begins the life of a task. The caller has made sure that there is room for it. */
export function provision(model: Model, request: NewTask): TaskRecord {
  const { owner, deployment, provider, zone, taskDefinition } = request;
  model.tasksLaunched += 1;
  const number = model.tasksLaunched;
  const task: TaskRecord = {
    id: model.config.taskIds === 'counted' ? `task-${number}` : randomId(model),
    number,
    owner,
    deployment,
    service: owner?.name,
    group: owner === undefined ? `family:${taskDefinition.name.split(':')[0]}` : `service:${owner.name}`,
    startedBy: request.startedBy,
    provider,
    zone,
    taskDefinition,
    replaces: request.replaces,
    createdAt: model.now,
    pool: deployment === undefined ? undefined : poolOf(deployment, provider, zone),
    place: 'gone',
    state: 'PROVISIONING',
    stop: undefined,
    target: 'none',
    registrations: NONE,
    health: 'UNKNOWN',
    exited: false,
    exitCode: undefined,
    ran: false,
    version: 0,
    startedAt: undefined,
    stoppingAt: undefined,
    executionStoppedAt: undefined,
    stoppedAt: undefined,
    protectedUntil: undefined,
  };
  model.tasks.set(task.id, task);
  model.cpuInUse[provider] += cpuUnits(taskDefinition);
  if (owner !== undefined) {
    owner.tasks.add(task);
    owner.pendingCount += 1;
  }
  if (deployment !== undefined) deployment.live += 1;
  moveTo(model, task, 'starting');
  enter(model, task, 'PROVISIONING');
  schedule(model, task, 'provisioned', draw(model, model.config.delays.provisioningMs));
  return task;
}

export function onProvisioned(model: Model, task: TaskRecord): void {
  if (task.state !== 'PROVISIONING') return;
  enter(model, task, 'PENDING');
  schedule(model, task, 'placed', draw(model, model.config.delays.pendingMs));
}

export function onPlaced(model: Model, task: TaskRecord): void {
  if (task.state !== 'PENDING') return;
  enter(model, task, 'ACTIVATING');
  const { id: taskId, replaces, service } = task;
  model.effects.push({ type: 'start-task', taskId, replaces, service, taskDefinition: task.taskDefinition.name });
  const { containers } = model.config;
  if (containers !== 'driven') schedule(model, task, 'started', draw(model, containers.startMs));
}

export function onStarted(model: Model, task: TaskRecord): void {
  if (task.state !== 'ACTIVATING') return;
  const { owner, deployment } = task;
  task.ran = true;
  task.startedAt = model.now;
  if (owner !== undefined) {
    owner.failedStarts = 0;
    owner.pendingCount -= 1;
    owner.runningCount += 1;
  }
  if (deployment !== undefined) markRan(deployment, owner);
  if (task.provider === 'FARGATE_SPOT') model.spotRunning.add(task);
  moveTo(model, task, 'serving');
  enter(model, task, 'RUNNING');
  register(model, task);
  awaitHealth(model, task);
}

/** The Spot notice. Returns false for a task that was stopping already, for the first cause is kept, and for an On-Demand task. */
export function interrupt(model: Model, task: TaskRecord): boolean {
  if (task.stop !== undefined || task.provider !== 'FARGATE_SPOT') return false;
  const mustWait = model.config.replacement === 'after-stopped';
  if (!mustWait) noteLost(task);
  tellToStop(model, task, SPOT_INTERRUPTION, mustWait ? 'held' : 'gone');
  if (endBeforeStart(model, task)) return true;
  const plan = planInterruption({
    deregistration: model.config.deregistration,
    stopTimeoutMs: task.taskDefinition.stopTimeoutMs,
    random: model.chance.order,
  });
  const isRegistered = task.target === 'registered';
  if (isRegistered) task.target = registrationAfter(plan.deregister);
  deactivate(model, task);
  if (isRegistered && typeof plan.deregister === 'object') schedule(model, task, 'deregister', plan.deregister.afterMs);
  schedule(model, task, 'sigterm', plan.sigtermAfterMs);
  return true;
}

/** An ordinary stop: SIGTERM follows once the target is drained, which ECS takes to be when the deregistration delay is over. */
export function stop(model: Model, task: TaskRecord, reason: StopReason): boolean {
  if (task.stop !== undefined) return false;
  tellToStop(model, task, reason, 'gone');
  if (endBeforeStart(model, task)) return true;
  const isRegistered = task.target === 'registered';
  if (isRegistered) task.target = 'due';
  deactivate(model, task);
  if (isRegistered) schedule(model, task, 'deregister', 0);
  schedule(model, task, 'sigterm', isRegistered ? drainingMs(model, task) : 0);
  return true;
}

export function onSigtermDue(model: Model, task: TaskRecord): void {
  if (task.state !== 'DEACTIVATING') return;
  enter(model, task, 'STOPPING');
  model.effects.push({ type: 'send-signal', taskId: task.id, signal: 'SIGTERM' });
  // Counted from the signal as it is sent, not as it was due: a driver that woke late must not shorten the stop timeout.
  schedule(model, task, 'sigkill', task.taskDefinition.stopTimeoutMs);
  const { containers } = model.config;
  if (containers !== 'driven' && containers.exitMs !== 'never') schedule(model, task, 'exited', draw(model, containers.exitMs));
}

export function onSigkillDue(model: Model, task: TaskRecord): void {
  if (task.state !== 'STOPPING') return;
  model.effects.push({ type: 'send-signal', taskId: task.id, signal: 'SIGKILL' });
  if (model.config.containers !== 'driven') schedule(model, task, 'killed', 0);
}

/** The containers have ended. Returns true when nobody had told them to. */
export function onExited(model: Model, task: TaskRecord, exitCode: number | undefined): boolean {
  if (task.exited || task.state === 'PROVISIONING' || task.state === 'PENDING') return false;
  const isUnexpected = task.stop === undefined;
  task.exited = true;
  task.exitCode = exitCode;
  task.executionStoppedAt = model.now;
  if (isUnexpected) {
    noteLost(task);
    tellToStop(model, task, { code: 'EssentialContainerExited', reason: 'Essential container in task exited' }, 'gone');
    deregister(model, task);
  }
  deprovision(model, task);
  return isUnexpected;
}

export function onDeregisterDue(model: Model, task: TaskRecord): void {
  if (task.target === 'due') deregister(model, task);
}

export function onDeprovisioned(model: Model, task: TaskRecord): void {
  if (task.state !== 'DEPROVISIONING') return;
  if (task.target === 'at-stopped') deregister(model, task);
  task.stoppedAt = model.now;
  model.cpuInUse[task.provider] -= cpuUnits(task.taskDefinition);
  const { owner, deployment } = task;
  if (deployment !== undefined) deployment.live -= 1;
  if (owner !== undefined) {
    owner.tasks.delete(task);
    owner.stoppingCount -= 1;
    if (task.place === 'held') noteLost(task);
    moveTo(model, task, 'gone');
    model.dirty.add(owner);
  }
  enter(model, task, 'STOPPED');
  schedule(model, task, 'forget', model.config.scheduler.stoppedKeptMs);
}

/** What is wanted of the task has changed; where it is has not yet. The documented notice is exactly this: desired STOPPED, last status RUNNING. */
function tellToStop(model: Model, task: TaskRecord, reason: StopReason, place: 'held' | 'gone'): void {
  task.stop = reason;
  task.stoppingAt = model.now;
  model.spotRunning.delete(task);
  if (task.owner !== undefined) {
    task.owner.stoppingCount += 1;
    if (task.ran) task.owner.runningCount -= 1;
    else task.owner.pendingCount -= 1;
  }
  moveTo(model, task, place);
  task.version += 1;
  emitTaskStateChange(model, task);
}

/** A task without containers ends at once, whatever the reason. Fargate Spot takes tasks back before they run, too. */
function endBeforeStart(model: Model, task: TaskRecord): boolean {
  if (task.state !== 'PROVISIONING' && task.state !== 'PENDING') return false;
  task.exited = true;
  deprovision(model, task);
  return true;
}

function deactivate(model: Model, task: TaskRecord): void {
  enter(model, task, 'DEACTIVATING');
}

function deprovision(model: Model, task: TaskRecord): void {
  enter(model, task, 'DEPROVISIONING');
  schedule(model, task, 'deprovisioned', draw(model, model.config.delays.deprovisioningMs));
}

function register(model: Model, task: TaskRecord): void {
  const loadBalancers = task.deployment?.revision.loadBalancers ?? [];
  const registrations: Registration[] = [];
  for (const { targetGroup, containerPort: port } of loadBalancers) {
    const group = model.targetGroups.get(targetGroup);
    if (group === undefined) continue;
    const registration: Registration = { group, task, port, health: 'initial', drainsUntil: undefined };
    group.registrations.add(registration);
    registrations.push(registration);
    const lagMs = Array.from({ length: model.config.nodes }, () => 0);
    model.effects.push({ type: 'register-target', taskId: task.id, targetGroup, port, lagMs });
  }
  task.registrations = registrations;
  if (registrations.length > 0) task.target = 'registered';
}

/** Takes the task out of every target group that still has it. */
function deregister(model: Model, task: TaskRecord): void {
  if (task.target === 'none' || task.target === 'deregistered') return;
  task.target = 'deregistered';
  for (const registration of task.registrations) drain(model, registration);
}

/** One target begins to drain. Does nothing for one that drains already: a second call changes nothing (DeregisterTargets). */
export function drain(model: Model, registration: Registration): void {
  if (registration.drainsUntil !== undefined) return;
  const { group, task, port } = registration;
  registration.drainsUntil = model.now + group.spec.deregistrationDelayMs;
  const { nodes, maxNodeLagMs } = model.config;
  const lagMs = Array.from({ length: nodes }, () => model.chance.lag.integer(0, maxNodeLagMs));
  model.effects.push({ type: 'deregister-target', taskId: task.id, targetGroup: group.name, port, lagMs });
  model.timers.add(registration.drainsUntil, { type: 'drained', registration });
}

/** How long until the last of the task's targets has drained, when all leave now that have not left before. */
function drainingMs(model: Model, task: TaskRecord): number {
  let longest = 0;
  for (const { group, drainsUntil } of task.registrations) {
    longest = Math.max(longest, drainsUntil === undefined ? group.spec.deregistrationDelayMs : drainsUntil - model.now);
  }
  return longest;
}

/** When the world knows by itself how long a target takes to pass its health check. */
function awaitHealth(model: Model, task: TaskRecord): void {
  const { healthyAfterMs } = model.config;
  const { owner } = task;
  if (owner === undefined) return;
  if (task.registrations.length === 0) {
    schedule(model, task, 'healthy', UNCHECKED_MS);
    return;
  }
  if (owner.healthCheckGracePeriodMs > 0) schedule(model, task, 'grace-over', owner.healthCheckGracePeriodMs);
  if (healthyAfterMs === 'told') return;
  const afterMs = draw(model, healthyAfterMs);
  if (afterMs > 0) schedule(model, task, 'healthy', afterMs);
  else setTargetHealth(model, task, undefined, 'healthy');
}

function markRan(deployment: DeploymentRecord, owner: ServiceRecord | undefined): void {
  if (deployment.ran) return;
  deployment.ran = true;
  if (owner?.deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask !== false) deployment.failedTasks = 0;
}

function enter(model: Model, task: TaskRecord, state: TaskState): void {
  task.state = state;
  task.version += 1;
  model.effects.push({ type: 'task-state-changed', taskId: task.id, state, reason: task.stop });
  emitTaskStateChange(model, task);
}

function schedule(model: Model, task: TaskRecord, type: TaskJobType, afterMs: number): void {
  model.timers.add(model.now + afterMs, { type, task });
}

function registrationAfter(deregister: 'at-stopped' | 'never' | { readonly afterMs: number }): TargetRegistration {
  if (deregister === 'at-stopped') return 'at-stopped';
  return deregister === 'never' ? 'forgotten' : 'due';
}

export function cpuUnits({ cpu }: TaskDefinition): number {
  return cpu === undefined ? 256 : Number(cpu);
}

function randomId(model: Model): string {
  let id = '';
  while (id.length < 32) id += model.chance.ids.integer(0, 0xffffffff).toString(16).padStart(8, '0');
  return id;
}

function draw(model: Model, [min, max]: DelayRange): number {
  return min === max ? min : model.chance.delay.integer(min, max);
}

const SPOT_INTERRUPTION: StopReason = { code: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' };
const NONE: readonly Registration[] = [];
/** A task that nothing checks counts as healthy 40 s after it is RUNNING (ECS developer guide, service definition parameters, minimumHealthyPercent). */
const UNCHECKED_MS = 40_000;

import { createRandom } from '../random.ts';
import { afterCheck } from './health.ts';
import { NO_EFFECTS, replaceTarget } from './replace-target.ts';
import { routingMode } from './routing-mode.ts';
import type { CheckResult, Target, TargetGroup, TargetGroupEffect, TargetGroupInput, TargetGroupStep } from './types.ts';

/**
 * One node's view of a target group, one input further. How late a node learns of a registration is the driver's affair: it
 * delivers `register` and `deregister` to each node after that node's own lag.
 */
export function stepTargetGroup(group: TargetGroup, input: TargetGroupInput): TargetGroupStep {
  switch (input.type) {
    case 'register':
      return register(group, input.targetId, input.at);
    case 'deregister':
      return deregister(group, input.targetId, input.at);
    case 'check-ended':
      return endCheck(group, input);
    case 'tick':
      return tick(group, input.at);
  }
}

/** When the next `tick` has something to do; Infinity when nothing is planned. */
export function nextTargetGroupWakeAt(group: TargetGroup): number {
  let next = Infinity;
  for (const target of group.targets) next = Math.min(next, target.nextCheckAt, target.drainEndsAt ?? Infinity);
  return next;
}

function register(group: TargetGroup, targetId: string, at: number): TargetGroupStep {
  const existing = group.targets.find((target) => target.id === targetId);
  if (existing?.drainEndsAt !== undefined) {
    // AWS has an IP target wait for its deregistration delay before it can be registered again.
    return { group, effects: [{ type: 'registration-refused', targetId, until: existing.drainEndsAt }] };
  }
  if (existing !== undefined) return { group, effects: NO_EFFECTS };
  const { options } = group;
  const registration = group.registrations + 1;
  const phase = createRandom(options.seed, `health-check/${options.node}/${targetId}/${registration}`).fraction();
  const target: Target = {
    id: targetId,
    registration,
    state: 'initial',
    reason: 'Elb.RegistrationInProgress',
    passes: 0,
    failures: 0,
    outstanding: 0,
    nextCheckAt: at + phase * options.healthCheckIntervalMs,
    lastCheckAt: undefined,
    drainEndsAt: undefined,
    drained: false,
  };
  return {
    group: withTargets({ ...group, registrations: registration }, [...group.targets, target]),
    effects: [stateChanged(target)],
  };
}

function deregister(group: TargetGroup, targetId: string, at: number): TargetGroupStep {
  const index = group.targets.findIndex((target) => target.id === targetId);
  const target = group.targets[index];
  // DeregisterTargets: "If the specified target does not exist, the action returns successfully", and so does a second call.
  if (target === undefined || target.state === 'draining') return { group, effects: NO_EFFECTS };
  const drained = target.outstanding === 0;
  const draining: Target = {
    ...target,
    state: 'draining',
    reason: 'Target.DeregistrationInProgress',
    nextCheckAt: Infinity,
    drainEndsAt: at + group.options.deregistrationDelayMs,
    drained,
  };
  const effects: TargetGroupEffect[] = [stateChanged(draining)];
  if (drained) effects.push({ type: 'deregistration-completed', targetId, registration: target.registration });
  return { group: withTargets(group, group.targets.with(index, draining)), effects };
}

interface CheckEnded {
  readonly at: number;
  readonly targetId: string;
  readonly registration: number;
  readonly result: CheckResult;
}

function endCheck(group: TargetGroup, input: CheckEnded): TargetGroupStep {
  const index = group.targets.findIndex((target) => target.registration === input.registration && target.id === input.targetId);
  const before = group.targets[index];
  if (before === undefined || before.state === 'draining') return { group, effects: NO_EFFECTS };
  const judged = afterCheck(before, input.result, group.options);
  const dueAt = (before.lastCheckAt ?? input.at) + group.options.healthCheckIntervalMs;
  const after: Target = { ...judged, nextCheckAt: Math.max(input.at, dueAt) };
  if (after.state === before.state && after.reason === before.reason) return { group: replaceTarget(group, index, after), effects: NO_EFFECTS };
  return { group: withTargets(group, group.targets.with(index, after)), effects: [stateChanged(after)] };
}

function tick(group: TargetGroup, at: number): TargetGroupStep {
  if (nextTargetGroupWakeAt(group) > at) return { group, effects: NO_EFFECTS };
  const effects: TargetGroupEffect[] = [];
  let next = group;
  for (const target of group.targets) {
    if (target.drainEndsAt !== undefined && target.drainEndsAt <= at) next = forget(next, target, effects);
    else if (target.nextCheckAt <= at) next = sendCheck(next, target, { at, effects });
  }
  return { group: next, effects };
}

/** The deregistration delay has elapsed: whatever is still out is cut, the target is `unused`, and the group no longer knows it. */
function forget(group: TargetGroup, target: Target, effects: TargetGroupEffect[]): TargetGroup {
  const { id: targetId, registration, outstanding } = target;
  if (outstanding > 0) effects.push({ type: 'cut', targetId, registration, outstanding });
  effects.push({ type: 'state-changed', targetId, registration, state: 'unused', reason: 'Target.NotRegistered' });
  const index = group.targets.indexOf(target);
  // The cursor stays on the target that was picked last, or the one before it, so that nobody is skipped.
  const cursor = index <= group.cursor ? group.cursor - 1 : group.cursor;
  return withTargets({ ...group, cursor }, group.targets.toSpliced(index, 1));
}

function sendCheck(group: TargetGroup, target: Target, tick: { readonly at: number; readonly effects: TargetGroupEffect[] }): TargetGroup {
  const reason = target.reason === 'Elb.RegistrationInProgress' ? 'Elb.InitialHealthChecking' : target.reason;
  const checked: Target = { ...target, reason, nextCheckAt: Infinity, lastCheckAt: tick.at };
  if (reason !== target.reason) tick.effects.push(stateChanged(checked));
  tick.effects.push({ type: 'check', targetId: target.id, registration: target.registration });
  return replaceTarget(group, group.targets.indexOf(target), checked);
}

function withTargets(group: TargetGroup, targets: readonly Target[]): TargetGroup {
  return { ...group, targets, mode: routingMode(targets, group.options.minimumHealthyTargets) };
}

function stateChanged(target: Target): TargetGroupEffect {
  return { type: 'state-changed', targetId: target.id, registration: target.registration, state: target.state, reason: target.reason };
}

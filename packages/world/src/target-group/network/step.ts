import { SpotproofError } from '@spotproof/core';
import { createRandom } from '../../random.ts';
import type { CheckResult } from '../types.ts';
import type {
  NetworkConnection,
  NetworkTarget,
  NetworkTargetGroup,
  NetworkTargetGroupEffect,
  NetworkTargetGroupInput,
  NetworkTargetGroupOptions,
  NetworkTargetGroupStep,
} from './types.ts';

/**
 * An empty target group behind a Network Load Balancer.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` when an option is not a number in its range.
 */
export function createNetworkTargetGroup(options: NetworkTargetGroupOptions): NetworkTargetGroup {
  const complete: Required<NetworkTargetGroupOptions> = { ...DEFAULTS, ...options };
  for (const name of ['healthCheckIntervalMs', 'healthyThreshold', 'unhealthyThreshold', 'deregistrationDelayMs', 'idleTimeoutMs'] as const) {
    const least = name === 'deregistrationDelayMs' ? 0 : 1;
    if (Number.isFinite(complete[name]) && complete[name] >= least) continue;
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `${name} must be a number of ${least} or more, got ${complete[name]}. Give the target group one.`,
      {
        details: { option: name },
      },
    );
  }
  return { options: complete, targets: [], connections: [], registrations: 0 };
}

/**
 * One node's view, one input further (Elastic Load Balancing, "Target groups for your Network Load Balancers"). What sets it apart from an Application Load Balancer: it
 * forwards connections and knows nothing of requests, a deregistered target goes on getting new ones for a while, connections outlive the registration, and
 * those of an unhealthy target are reset.
 */
export function stepNetworkTargetGroup(group: NetworkTargetGroup, input: NetworkTargetGroupInput): NetworkTargetGroupStep {
  switch (input.type) {
    case 'register':
      return register(group, input.targetId, input.at);
    case 'deregister':
      return deregister(group, input.targetId, input.at);
    case 'check-ended':
      return endCheck(group, input);
    case 'connect':
      return connect(group, input.connectionId, input.at);
    case 'traffic':
      return touch(group, input.connectionId, input.at);
    case 'close':
      return unchanged({ ...group, connections: group.connections.filter(({ id }) => id !== input.connectionId) });
    case 'tick':
      return tick(group, input.at);
  }
}

/** When the next `tick` has something to do; Infinity when nothing is planned. */
export function nextNetworkWakeAt(group: NetworkTargetGroup): number {
  let next = Infinity;
  for (const { state, nextCheckAt, drainEndsAt = Infinity, newUntil = Infinity } of group.targets) {
    const nextStateAt = state === 'draining' ? drainEndsAt : state === 'unused' ? newUntil : Infinity;
    next = Math.min(next, nextCheckAt, nextStateAt);
  }
  for (const { lastActiveAt } of group.connections) next = Math.min(next, lastActiveAt + group.options.idleTimeoutMs);
  return next;
}

function register(group: NetworkTargetGroup, targetId: string, at: number): NetworkTargetGroupStep {
  if (group.targets.some(({ id, drainEndsAt }) => id === targetId && drainEndsAt === undefined)) return unchanged(group);
  const { options } = group;
  const registration = group.registrations + 1;
  const phase = createRandom(options.seed, `network-check/${options.node}/${targetId}/${registration}`).fraction();
  const target: NetworkTarget = {
    id: targetId,
    registration,
    state: 'initial',
    isHealthy: false,
    passes: 0,
    failures: 0,
    nextCheckAt: at + phase * options.healthCheckIntervalMs,
    lastCheckAt: undefined,
    drainEndsAt: undefined,
    newUntil: undefined,
  };
  return { group: { ...group, registrations: registration, targets: [...group.targets, target] }, effects: [stateChanged(target)] };
}

function deregister(group: NetworkTargetGroup, targetId: string, at: number): NetworkTargetGroupStep {
  const { options } = group;
  const target = group.targets.find(({ id, drainEndsAt }) => id === targetId && drainEndsAt === undefined);
  if (target === undefined) return unchanged(group);
  const [min, max] = options.newConnectionsMs;
  const lagMs = createRandom(options.seed, `network-lag/${options.node}/${targetId}/${target.registration}`).integer(min, max);
  const draining: NetworkTarget = {
    ...target,
    state: 'draining',
    drainEndsAt: at + options.deregistrationDelayMs,
    newUntil: at + lagMs,
  };
  return { group: replaced(group, draining), effects: [stateChanged(draining)] };
}

function endCheck(
  group: NetworkTargetGroup,
  input: { readonly at: number; readonly targetId: string; readonly registration: number; readonly result: CheckResult },
): NetworkTargetGroupStep {
  const before = group.targets.find(({ id, registration }) => id === input.targetId && registration === input.registration);
  if (before === undefined) return unchanged(group);
  const { healthyThreshold, unhealthyThreshold, healthCheckIntervalMs, terminatesUnhealthy } = group.options;
  const passes = input.result === 'passed' ? before.passes + 1 : 0;
  const failures = input.result === 'passed' ? 0 : before.failures + 1;
  const isHealthy = before.isHealthy ? failures < unhealthyThreshold : passes >= (before.state === 'initial' ? 1 : healthyThreshold);
  const isNewlySick = failures >= unhealthyThreshold && (before.isHealthy || before.state === 'initial');
  const isRegistered = before.drainEndsAt === undefined;
  const after: NetworkTarget = {
    ...before,
    passes,
    failures,
    isHealthy,
    state: !isRegistered ? before.state : isHealthy ? 'healthy' : isNewlySick ? 'unhealthy' : before.state,
    newUntil: isNewlySick && !isRegistered ? input.at : before.newUntil,
    nextCheckAt: Math.max(input.at, (before.lastCheckAt ?? input.at) + healthCheckIntervalMs),
  };
  const effects: NetworkTargetGroupEffect[] = after.state === before.state ? [] : [stateChanged(after)];
  const next = replaced(group, after);
  return isNewlySick && terminatesUnhealthy ? reset(next, effects, { why: 'unhealthy', isHit: (one) => isOf(one, after) }) : { group: next, effects };
}

function connect(group: NetworkTargetGroup, connectionId: string, at: number): NetworkTargetGroupStep {
  const target = chooseTarget(group, connectionId, at);
  if (target === undefined) return { group, effects: [{ type: 'refuse', connectionId }] };
  const connection: NetworkConnection = { id: connectionId, targetId: target.id, registration: target.registration, lastActiveAt: at };
  return {
    group: { ...group, connections: [...group.connections, connection] },
    effects: [{ type: 'forward', connectionId, targetId: target.id }],
  };
}

/** By a hash of the flow over the targets that take new connections; over all registered ones when none of them is healthy (fail open). */
function chooseTarget(group: NetworkTargetGroup, connectionId: string, at: number): NetworkTarget | undefined {
  const takesNew = group.targets.filter(({ isHealthy, newUntil }) => isHealthy && (newUntil === undefined || at < newUntil));
  const hasHealthy = takesNew.some(({ newUntil }) => newUntil === undefined);
  const registered = group.targets.filter(({ drainEndsAt }) => drainEndsAt === undefined);
  const candidates = hasHealthy || registered.length === 0 ? takesNew : [...takesNew, ...registered];
  const { seed, node } = group.options;
  return candidates[createRandom(seed, `network-flow/${node}/${connectionId}`).integer(0, Math.max(0, candidates.length - 1))];
}

function touch(group: NetworkTargetGroup, connectionId: string, at: number): NetworkTargetGroupStep {
  return unchanged({ ...group, connections: group.connections.map((one) => (one.id === connectionId ? { ...one, lastActiveAt: at } : one)) });
}

function tick(group: NetworkTargetGroup, at: number): NetworkTargetGroupStep {
  if (nextNetworkWakeAt(group) > at) return unchanged(group);
  const { idleTimeoutMs } = group.options;
  const effects: NetworkTargetGroupEffect[] = [];
  let next = reset(group, effects, { why: 'idle', isHit: ({ lastActiveAt }) => lastActiveAt + idleTimeoutMs <= at }).group;
  for (const target of group.targets) next = tickTarget(next, target, { at, effects });
  return { group: next, effects };
}

function tickTarget(
  group: NetworkTargetGroup,
  before: NetworkTarget,
  { at, effects }: { readonly at: number; readonly effects: NetworkTargetGroupEffect[] },
): NetworkTargetGroup {
  const { registration, newUntil = Infinity } = before;
  let [next, target] = [group, before];
  if (target.state === 'draining' && (target.drainEndsAt ?? Infinity) <= at) {
    target = { ...target, state: 'unused' };
    effects.push(stateChanged(target));
    if (group.options.terminatesAfterDelay) next = reset(next, effects, { why: 'delay-over', isHit: (one) => isOf(one, before) }).group;
  }
  if (target.state === 'unused' && newUntil <= at) return { ...next, targets: next.targets.filter((one) => one.registration !== registration) };
  if (target.nextCheckAt <= at) {
    // What gets nothing new is not checked any more.
    const isChecked = newUntil > at;
    if (isChecked) effects.push({ type: 'check', targetId: target.id, registration });
    target = { ...target, nextCheckAt: Infinity, lastCheckAt: isChecked ? at : target.lastCheckAt };
  }
  return replaced(next, target);
}

interface Reset {
  readonly why: 'unhealthy' | 'delay-over' | 'idle';
  readonly isHit: (connection: NetworkConnection) => boolean;
}

function reset(group: NetworkTargetGroup, effects: NetworkTargetGroupEffect[], { why, isHit }: Reset): NetworkTargetGroupStep {
  for (const one of group.connections) if (isHit(one)) effects.push({ type: 'reset', connectionId: one.id, targetId: one.targetId, why });
  return { group: { ...group, connections: group.connections.filter((one) => !isHit(one)) }, effects };
}

function isOf(connection: NetworkConnection, target: NetworkTarget): boolean {
  return connection.registration === target.registration;
}

function replaced(group: NetworkTargetGroup, target: NetworkTarget): NetworkTargetGroup {
  return { ...group, targets: group.targets.map((one) => (one.registration === target.registration ? target : one)) };
}

function stateChanged({ id: targetId, registration, state }: NetworkTarget): NetworkTargetGroupEffect {
  return { type: 'state-changed', targetId, registration, state };
}

function unchanged(group: NetworkTargetGroup): NetworkTargetGroupStep {
  return { group, effects: NO_EFFECTS };
}

const NO_EFFECTS: readonly NetworkTargetGroupEffect[] = [];

const DEFAULTS = {
  terminatesAfterDelay: false,
  terminatesUnhealthy: true,
  newConnectionsMs: [0, 120_000],
  idleTimeoutMs: 350_000,
  seed: 1,
  node: 'node',
} as const;

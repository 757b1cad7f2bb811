import { isRoutable } from './routing-mode.ts';
import type { Target, TargetGroup, TargetGroupStep } from './types.ts';
import { NO_EFFECTS, replaceTarget } from './replace-target.ts';

export interface Routed {
  readonly group: TargetGroup;
  /** The target as it was when chosen, or undefined: answer 503. */
  readonly target: Target | undefined;
}

/** Chooses a target for a new request and counts the request as outstanding there. */
export function routeRequest(group: TargetGroup): Routed {
  const index = group.options.algorithm === 'round_robin' ? nextRoutable(group) : leastOutstanding(group);
  const target = group.targets[index];
  if (target === undefined) return { group, target: undefined };
  const targets = group.targets.with(index, { ...target, outstanding: target.outstanding + 1 });
  return { group: { ...group, targets, cursor: index }, target };
}

/** A request that {@link routeRequest} sent out has ended, however it ended. Unknown registrations (the delay elapsed before) are ignored. */
export function endRequest(group: TargetGroup, targetId: string, registration: number): TargetGroupStep {
  const index = group.targets.findIndex((target) => target.registration === registration && target.id === targetId);
  const target = group.targets[index];
  if (target === undefined || target.outstanding === 0) return { group, effects: NO_EFFECTS };
  const outstanding = target.outstanding - 1;
  const drained = target.state === 'draining' && outstanding === 0;
  return {
    group: replaceTarget(group, index, { ...target, outstanding, drained }),
    effects: drained ? [{ type: 'deregistration-completed', targetId, registration }] : NO_EFFECTS,
  };
}

function nextRoutable(group: TargetGroup): number {
  const count = group.targets.length;
  for (let step = 1; step <= count; step++) {
    const index = (group.cursor + step) % count;
    const target = group.targets[index];
    if (target !== undefined && isRoutable(target, group.mode)) return index;
  }
  return -1;
}

/** Ties go round robin, or the first target would get every request of a quiet service. */
function leastOutstanding(group: TargetGroup): number {
  const count = group.targets.length;
  let best = -1;
  let fewest = Infinity;
  for (let step = 1; step <= count; step++) {
    const index = (group.cursor + step) % count;
    const target = group.targets[index];
    if (target === undefined || !isRoutable(target, group.mode) || target.outstanding >= fewest) continue;
    best = index;
    fewest = target.outstanding;
  }
  return best;
}

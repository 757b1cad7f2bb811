import type { Target, TargetGroup, TargetGroupEffect } from './types.ts';

/** The group with another value for one target, whose routability has not changed. */
export function replaceTarget(group: TargetGroup, index: number, target: Target): TargetGroup {
  return { ...group, targets: group.targets.with(index, target) };
}

/** Shared, because nearly every request ends without an effect. */
export const NO_EFFECTS: readonly TargetGroupEffect[] = [];

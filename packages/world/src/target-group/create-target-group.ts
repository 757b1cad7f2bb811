import { SpotproofError } from '@spotproof/core';
import type { TargetGroup, TargetGroupOptions } from './types.ts';

/**
 * An empty target group.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` when an option is not a number in its range.
 */
export function createTargetGroup(options: TargetGroupOptions): TargetGroup {
  const complete = { minimumHealthyTargets: 1, seed: 1, node: 'node', ...options };
  requireNumber('healthCheckIntervalMs', complete.healthCheckIntervalMs, { above: 0 });
  requireNumber('healthyThreshold', complete.healthyThreshold, { above: 0, whole: true });
  requireNumber('unhealthyThreshold', complete.unhealthyThreshold, { above: 0, whole: true });
  requireNumber('deregistrationDelayMs', complete.deregistrationDelayMs, { above: -1 });
  requireNumber('minimumHealthyTargets', complete.minimumHealthyTargets, { above: 0, whole: true });
  return { options: complete, targets: [], mode: 'none', cursor: -1, registrations: 0 };
}

function requireNumber(option: string, value: number, rule: { readonly above: number; readonly whole?: boolean }): void {
  const fits = Number.isFinite(value) && (rule.above === -1 ? value >= 0 : value > rule.above) && (rule.whole !== true || Number.isInteger(value));
  if (fits) return;
  const kind = rule.whole === true ? 'a whole number' : 'a number';
  const range = rule.above === -1 ? 'of 0 or more' : `above ${rule.above}`;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${kind} ${range}, got ${value}. Give the target group one.`, {
    details: { option },
  });
}

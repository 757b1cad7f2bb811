import type { CheckRule } from './types.ts';

/**
 * A sentence of warning when a task's readiness depends on something that all tasks share, or undefined. When that one thing is slow, every task
 * turns unready in the same moment: the balancer has no healthy target left and sends to all of them regardless (ELB: "fail open"), and the ECS
 * scheduler stops and replaces tasks that were well (ECS: tasks that fail the load balancer's health check are replaced).
 */
export function sharedCheckWarning(checks: readonly CheckRule[]): string | undefined {
  const names = checks.filter(({ required, shared }) => required && shared).map(({ name }) => `"${name}"`);
  if (names.length === 0) return undefined;
  return (
    `Readiness depends on ${names.join(', ')}, which all tasks share: when it is slow or down, every task turns unready at once, and ECS replaces them all ` +
    'although no task is at fault. Give the check required: false, so that it is shown and decides nothing, and answer the requests that need it with an error.'
  );
}

import { isSpotproofError } from '@spotproof/core';
import type { TaskStateChange } from '@spotproof/core/events';
import { activeService } from './observe.ts';
import type { ReconcileContext, ReconcileOutcome } from './reconcile.ts';
import { type Unit, unitId } from './unit.ts';

/**
 * Takes the targets of interrupted tasks out of their target groups, in case AWS did not or is late; needs no memory, and doing it twice does no
 * harm. Looks first, so that it becomes known how often AWS is first.
 *
 * @param interruptions Of one unit, each task once.
 */
export async function deregisterInterrupted(
  { cloud, clock, record }: ReconcileContext,
  unit: Unit,
  interruptions: readonly TaskStateChange[],
): Promise<ReconcileOutcome> {
  const id = unitId(unit);
  try {
    const service = activeService(await cloud.describeServices(unit.cluster, [unit.primary]), unit.primary);
    if (service === undefined) {
      record({
        type: 'skip',
        at: clock.now(),
        unit: id,
        why: 'service-missing',
        problem: `service ${unit.primary} of cluster ${unit.cluster} is not there`,
      });
      return 'refused';
    }
    for (const { arn: targetGroupArn, containerPort } of service.targetGroups) {
      const serving = new Set(
        (await cloud.describeTargets(targetGroupArn))
          .filter(({ port, state }) => port === containerPort && !GONE.has(state))
          .map((target) => target.id),
      );
      // The port is what ECS registered: with another one, the call would succeed and do nothing (ELB API reference, DeregisterTargets).
      const targets = interruptions.flatMap(({ privateIpv4Address: address }) =>
        address !== undefined && serving.has(address) ? [{ id: address, port: containerPort }] : [],
      );
      if (targets.length > 0 && !unit.dryRun) await cloud.deregisterTargets(targetGroupArn, targets);
      const at = clock.now();
      for (const { taskArn, privateIpv4Address: address, at: noticedAt } of interruptions) {
        const isServing = address !== undefined && serving.has(address);
        const outcome = !isServing ? 'aws-was-first' : unit.dryRun ? 'dry-run' : 'deregistered';
        record({ type: 'deregister', at, unit: id, taskArn, targetGroupArn, outcome, delayMs: at - noticedAt, problem: undefined });
      }
    }
    return 'done';
  } catch (error) {
    if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
    record({ type: 'skip', at: clock.now(), unit: id, why: 'cloud-refused', problem: error.message });
    return error.retryable ? 'again' : 'refused';
  }
}

const GONE: ReadonlySet<string> = new Set(['draining', 'unused']);

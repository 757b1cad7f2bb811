import { isSpotproofError } from '@spotproof/core';
import type { TaskStateChange } from '@spotproof/core/events';
import type { Cloud, TaskReading } from './cloud.ts';
import { activeService } from './observe.ts';
import type { ReconcileContext, ReconcileOutcome } from './reconcile.ts';
import { type Unit, unitId } from './unit.ts';

/**
 * Takes the targets of interrupted tasks out of their target groups, in case AWS did not or is late; needs no memory, and doing it twice does no
 * harm. Looks first, so that it becomes known how often AWS is first. Holds back while nothing else could serve; the message comes again.
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
    const doomed = new Set([...interruptions, ...(await stoppingTasks(cloud, unit))].map(({ privateIpv4Address }) => privateIpv4Address));
    let isHeldBack = false;
    for (const { arn: targetGroupArn, containerPort } of service.targetGroups) {
      const known = (await cloud.describeTargets(targetGroupArn)).filter(({ port }) => port === containerPort);
      const serving = new Set(known.filter(({ state }) => !GONE.has(state)).map((target) => target.id));
      // A task that is told to stop still serves for a while. Without any other, taking it out would lose what it could have answered.
      const isNeeded = !known.some(({ id: address, state }) => state === 'healthy' && !doomed.has(address));
      // The port is what ECS registered: with another one, the call would succeed and do nothing (ELB API reference, DeregisterTargets).
      const targets = interruptions.flatMap(({ privateIpv4Address: address }) =>
        address !== undefined && serving.has(address) ? [{ id: address, port: containerPort }] : [],
      );
      isHeldBack ||= isNeeded && targets.length > 0;
      if (targets.length > 0 && !isNeeded && !unit.dryRun) await cloud.deregisterTargets(targetGroupArn, targets);
      const at = clock.now();
      for (const { taskArn, privateIpv4Address: address, at: noticedAt } of interruptions) {
        const isServing = address !== undefined && serving.has(address);
        const outcome = !isServing ? 'aws-was-first' : isNeeded ? 'held-back' : unit.dryRun ? 'dry-run' : 'deregistered';
        record({ type: 'deregister', at, unit: id, taskArn, targetGroupArn, outcome, delayMs: at - noticedAt, problem: undefined });
      }
    }
    return isHeldBack ? 'again' : 'done';
  } catch (error) {
    if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
    record({ type: 'skip', at: clock.now(), unit: id, why: 'cloud-refused', problem: error.message });
    return error.retryable ? 'again' : 'refused';
  }
}

/** Tasks of the primary that are told to stop and still there: their news may have come before, or never. */
async function stoppingTasks(cloud: Cloud, { cluster, primary }: Unit): Promise<readonly TaskReading[]> {
  return (await cloud.listTasks(cluster, primary, 'STOPPED')).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
}

const GONE: ReadonlySet<string> = new Set(['draining', 'unused']);

import { isSpotproofError } from '@spotproof/core';
import type { TaskStateChange } from '@spotproof/core/events';
import { addressesOf } from './addresses.ts';
import type { ServiceReading, TargetAddress, TargetReading, TaskReading } from './cloud.ts';
import { activeService } from './observe.ts';
import type { ReconcileContext, ReconcileOutcome } from './reconcile.ts';
import { type Unit, unitId } from './unit.ts';

/** Takes interrupted tasks, each once, of one unit out of their target groups. */
export type Deregister = (unit: Unit, interruptions: readonly TaskStateChange[]) => Promise<ReconcileOutcome>;

/**
 * Takes the targets of interrupted tasks out of their target groups, in case AWS did not or is late; needs no memory, and doing it twice does no
 * harm. Looks first, so that it becomes known how often AWS is first. Holds back while nothing else could serve; the message comes again.
 */
export function createDeregister({ cloud, clock, record }: ReconcileContext): Deregister {
  /** Of which task and target group it was said who was first, and when: a task gives several events, and what the later ones find is our own doing. */
  const said = new Map<string, number>();

  return async (unit, interruptions) => {
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
      const tasks = await cloud.listTasks(unit.cluster, unit.primary, 'STOPPED');
      const noticed = interruptions.filter((event) => isOfService(event, service) && !hasStopped(event, tasks));
      return (await deregisterNoticed(unit, service, noticed, tasks)) ? 'done' : 'again';
    } catch (error) {
      if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
      record({ type: 'skip', at: clock.now(), unit: id, why: 'cloud-refused', problem: error.message });
      return error.retryable ? 'again' : 'refused';
    }

    /** Names may be the same elsewhere, and addresses, too. */
    function isOfService({ taskArn, clusterArn }: TaskStateChange, { arn }: ServiceReading): boolean {
      if (accountOf(clusterArn) === accountOf(arn)) return true;
      const problem = `the notice for ${taskArn} is of another account or region than ${arn}`;
      record({ type: 'skip', at: clock.now(), unit: id, why: 'foreign', problem });
      return false;
    }

    /** Its address may be that of another task by now. */
    function hasStopped({ taskArn, lastStatus }: TaskStateChange, listed: readonly TaskReading[]): boolean {
      // The last event of each task says so itself: nothing to tell.
      if (ENDED.has(lastStatus)) return true;
      if (!listed.some((task) => task.arn === taskArn && ENDED.has(task.lastStatus))) return false;
      record({ type: 'skip', at: clock.now(), unit: id, why: 'stale', problem: `${taskArn} has stopped already` });
      return true;
    }
  };

  /** False when something was held back. */
  async function deregisterNoticed(
    unit: Unit,
    service: ServiceReading,
    noticed: readonly TaskStateChange[],
    tasks: readonly TaskReading[],
  ): Promise<boolean> {
    if (noticed.length === 0) return true;
    // Those whose news came before, or never, too.
    const doomed = new Set([...noticed, ...tasks.filter(({ lastStatus }) => !ENDED.has(lastStatus))].flatMap(addressesOf));
    let isHeldBack = false;
    for (const { arn: targetGroupArn, containerPort } of service.targetGroups) {
      const known = (await cloud.describeTargets(targetGroupArn)).filter(({ port }) => port === containerPort);
      // A task that is told to stop still serves for a while. Without any other, taking it out would lose what it could have answered.
      const isNeeded = !known.some(({ id: address, state }) => state === 'healthy' && !doomed.has(address));
      // The port is what ECS registered: with another one, the call would succeed and do nothing (ELB API reference, DeregisterTargets).
      const targets = noticed.flatMap((event) => servingTargets(event, known));
      isHeldBack ||= isNeeded && targets.length > 0;
      if (targets.length > 0 && !isNeeded && !unit.dryRun) await cloud.deregisterTargets(targetGroupArn, targets);
      for (const event of noticed) {
        const isGone = servingTargets(event, known).length === 0;
        const outcome = isGone ? 'aws-was-first' : isNeeded ? 'held-back' : unit.dryRun ? 'dry-run' : 'deregistered';
        say(unit, event, targetGroupArn, outcome);
      }
    }
    return !isHeldBack;
  }

  function say(
    unit: Unit,
    event: TaskStateChange,
    targetGroupArn: string,
    outcome: 'deregistered' | 'aws-was-first' | 'held-back' | 'dry-run',
  ): void {
    const at = clock.now();
    for (const [key, saidAt] of said) if (at - saidAt > FORGET_MS) said.delete(key);
    const key = `${event.taskArn} ${targetGroupArn}`;
    // Only the notice itself can tell who was first; to what comes after it, we may have been.
    if (outcome === 'aws-was-first' && (said.has(key) || event.lastStatus !== 'RUNNING')) return;
    if (outcome !== 'held-back') said.set(key, at);
    record({
      type: 'deregister',
      at,
      unit: unitId(unit),
      taskArn: event.taskArn,
      targetGroupArn,
      outcome,
      delayMs: at - event.at,
      problem: undefined,
    });
  }
}

function servingTargets(event: TaskStateChange, known: readonly TargetReading[]): readonly TargetAddress[] {
  const addresses = addressesOf(event);
  return known.filter(({ id, state }) => addresses.includes(id) && !GONE.has(state)).map(({ id, port }) => ({ id, port }));
}

/** `arn:aws:ecs:<region>:<account>` */
function accountOf(arn: string): string {
  return arn.split(':', 5).join(':');
}

const GONE: ReadonlySet<string> = new Set(['draining', 'unhealthy.draining', 'unused']);
/** Its network interface is deleted by then (ECS developer guide, "Task lifecycle", DEPROVISIONING). */
const ENDED: ReadonlySet<string> = new Set(['STOPPED', 'DELETED']);
/** Longer than a task lives on after its notice. */
const FORGET_MS = 300_000;

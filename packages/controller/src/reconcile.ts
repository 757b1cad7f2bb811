import { type Clock, isSpotproofError } from '@spotproof/core';
import { type CapacityAction, type CapacityMemory, type CapacityPlan, plan } from '@spotproof/core/capacity';
import type { Cloud } from './cloud.ts';
import type { Decision, ReconcileDecision } from './decision.ts';
import type { Held, MemoryStore } from './memory.ts';
import { observe } from './observe.ts';
import { type Unit, unitId } from './unit.ts';
import { sleep } from './sleep.ts';

export interface ReconcileContext {
  readonly cloud: Cloud;
  readonly memory: MemoryStore;
  /** Its origin must be the Unix epoch: leases are shared with other processes. */
  readonly clock: Clock;
  readonly record: (decision: Decision) => void;
}

/** `again`: somebody should ask once more; what was wanted may not have happened. */
export type ReconcileOutcome = 'done' | 'again' | 'refused';

/**
 * Brings the capacity of a unit to what a plan says, alone: reads everything, decides, writes absolute values. Requests that were made before
 * another reconcile began to read are answered by that one, so a storm of events costs a reconcile every few seconds.
 *
 * @param requestedAt When it became known that something had changed, epoch milliseconds.
 */
export async function reconcile(context: ReconcileContext, unit: Unit, requestedAt: number): Promise<ReconcileOutcome> {
  const id = unitId(unit);
  const { clock, record } = context;
  let held: Held | undefined;
  try {
    held = await context.memory.acquire(id, { waitMs: WAIT_MS, holdMs: HOLD_MS });
    if (held === undefined) {
      record({ type: 'skip', at: clock.now(), unit: id, why: 'busy', problem: undefined });
      return 'again';
    }
    if (held.memory !== undefined && held.memory.readAt > requestedAt) {
      await held.release();
      return 'done';
    }
    return await reconcileAlone(context, unit, held);
  } catch (error) {
    if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
    record({ type: 'skip', at: clock.now(), unit: id, why: 'cloud-refused', problem: error.message });
    // The lease runs out by itself if this cannot be said either.
    await held?.release().catch(() => undefined);
    return error.retryable ? 'again' : 'refused';
  }
}

async function reconcileAlone(context: ReconcileContext, unit: Unit, held: Held): Promise<ReconcileOutcome> {
  const { clock, cloud, record } = context;
  await sleep(clock, (held.memory?.readAt ?? 0) + INTERVAL_MS - clock.now());
  const readAt = clock.now();
  const reading = await observe(cloud, unit, readAt, held.memory?.capacity);
  if (reading.type === 'unusable') {
    record({ type: 'skip', at: readAt, unit: unitId(unit), why: reading.why, problem: reading.problem });
    await held.release();
    return 'refused';
  }
  const { observation } = reading;
  const planned = plan(observation, held.memory?.capacity, { ...unit.capacity, maxFallback: reading.maxFallback });
  const setFallback = (count: number): Promise<void> => reading.setFallback(count, planned.figures.target);
  const performed = await perform(context, unit, planned.actions, { until: held.until, setFallback });
  const isDone = performed.every(({ outcome }) => outcome === 'done' || outcome === 'dry-run');
  await held.release({ capacity: remember(planned, performed, held.memory?.capacity), readAt });
  record({
    type: 'reconcile',
    at: readAt,
    unit: unitId(unit),
    state: planned.memory.state,
    previousState: held.memory?.capacity.state,
    figures: {
      ...planned.figures,
      serving: observation.primary.serving,
      young: observation.primary.young,
      desired: observation.primary.desired,
      twin: observation.fallback.desired,
    },
    actions: performed,
    timeToStrengthMs: timeToStrength(planned.memory, held.memory?.capacity),
  });
  return isDone ? 'done' : 'again';
}

/** Set once for each shortage: when it has ended. */
function timeToStrength(memory: CapacityMemory, before: CapacityMemory | undefined): number | undefined {
  const { shortSince = before?.shortSince, stableSince } = memory;
  const endedAt = before?.stableSince === undefined ? stableSince : undefined;
  return shortSince === undefined || endedAt === undefined ? undefined : endedAt - shortSince;
}

type Performed = ReconcileDecision['actions'][number];

/** In order, and no further than the first that fails: what is left is decided anew by the next reconcile. */
async function perform(
  { cloud, clock }: ReconcileContext,
  unit: Unit,
  actions: readonly CapacityAction[],
  { until, setFallback }: { readonly until: number; readonly setFallback: (count: number) => Promise<void> },
): Promise<readonly Performed[]> {
  const performed: Performed[] = [];
  let isStopped = false;
  for (const action of actions) {
    if (unit.dryRun) {
      performed.push({ action, outcome: 'dry-run', problem: undefined });
      continue;
    }
    // A holder that was stopped for a while must not write what another may have decided otherwise by now.
    if (isStopped || clock.now() > until - WRITE_MARGIN_MS) {
      performed.push({ action, outcome: 'not-done', problem: undefined });
      isStopped = true;
      continue;
    }
    try {
      await (action.type === 'set-fallback' ? setFallback(action.count) : act(cloud, unit, action));
      performed.push({ action, outcome: 'done', problem: undefined });
    } catch (error) {
      if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
      performed.push({ action, outcome: 'failed', problem: error.message });
      isStopped = true;
    }
  }
  return performed;
}

async function act(cloud: Cloud, unit: Unit, action: Exclude<CapacityAction, { readonly type: 'set-fallback' }>): Promise<void> {
  switch (action.type) {
    case 'suspend-scale-in':
      return cloud.suspendScaleIn(unit.cluster, unit.primary, true);
    case 'resume-scale-in':
      return cloud.suspendScaleIn(unit.cluster, unit.primary, false);
    case 'alarm':
      // Being recorded is what it is for.
      return undefined;
  }
}

/** What was planned is remembered only as far as it was done; else the next plan would count on it. */
function remember(planned: CapacityPlan, performed: readonly Performed[], before: CapacityMemory | undefined): CapacityMemory {
  const wasDone = (type: CapacityAction['type']): boolean => performed.every(({ action, outcome }) => action.type !== type || outcome === 'done');
  const { memory } = planned;
  return {
    ...memory,
    raisedAt: wasDone('set-fallback') ? memory.raisedAt : before?.raisedAt,
    releasedAt: wasDone('set-fallback') ? memory.releasedAt : before?.releasedAt,
    suspendedScaleIn: wasDone('suspend-scale-in') && wasDone('resume-scale-in') ? memory.suspendedScaleIn : (before?.suspendedScaleIn ?? false),
  };
}

/** Reading 500 tasks takes about twenty calls, of which ECS allows twenty a second (ECS request throttling: 100 at once, 20 a second). */
const INTERVAL_MS = 2_000;
const WAIT_MS = 8_000;
const HOLD_MS = 30_000;
const WRITE_MARGIN_MS = 2_000;

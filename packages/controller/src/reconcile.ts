import { type Clock, isSpotproofError } from '@spotproof/core';
import { type CapacityAction, type CapacityMemory, type CapacityPlan, plan } from '@spotproof/core/capacity';
import type { Cloud } from './cloud.ts';
import type { ActionOutcome, Decision, ReconcileDecision } from './decision.ts';
import type { Held, MemoryStore, UnitMemory } from './memory.ts';
import { observe } from './observe.ts';
import { withoutFuture } from './without-future.ts';
import { memoryKey, type Unit, unitId } from './unit.ts';
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
    held = await context.memory.acquire(memoryKey(unit), { waitMs: WAIT_MS, holdMs: HOLD_MS });
    if (held === undefined) {
      record({ type: 'skip', at: clock.now(), unit: id, why: 'busy', problem: undefined });
      return 'again';
    }
    const now = clock.now();
    const memory = withoutFuture(held.memory, now);
    if (memory !== held.memory)
      record({ type: 'skip', at: now, unit: id, why: 'clock-skew', problem: 'the memory was kept by a controller whose clock is ahead of this one' });
    else if (memory !== undefined && memory.readAt > requestedAt) {
      await held.release();
      return 'done';
    }
    return await reconcileAlone(context, unit, held, memory);
  } catch (error) {
    if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
    record({ type: 'skip', at: clock.now(), unit: id, why: 'cloud-refused', problem: error.message });
    // The lease runs out by itself if this cannot be said either.
    await held?.release().catch(() => undefined);
    return error.retryable ? 'again' : 'refused';
  }
}

async function reconcileAlone(context: ReconcileContext, unit: Unit, held: Held, memory: UnitMemory | undefined): Promise<ReconcileOutcome> {
  const { clock, cloud, record } = context;
  await sleep(clock, (memory?.readAt ?? 0) + INTERVAL_MS - clock.now());
  const readAt = clock.now();
  const before = memory?.capacity;
  const reading = await observe(cloud, unit, readAt, before);
  if (reading.type === 'unusable') {
    record({ type: 'skip', at: readAt, unit: unitId(unit), why: reading.why, problem: reading.problem });
    await held.release();
    return 'refused';
  }
  const { observation } = reading;
  const planned = plan(observation, before, { ...unit.capacity, maxFallback: reading.maxFallback });
  const setFallback: Performance['setFallback'] = (count, signal) => reading.setFallback(count, planned.figures.target, signal);
  // Scale-in that is suspended and forgotten would stay suspended for ever, so it is remembered first. By then, what stands before it is done.
  const beforeSuspending = (): Promise<void> => held.keep({ capacity: planned.memory, readAt: memory?.readAt ?? 0 });
  const performed = await perform(context, unit, planned.actions, { until: held.until, setFallback, beforeSuspending });
  const isDone = performed.every(({ outcome }) => outcome === 'done' || outcome === 'dry-run');
  // What was done is said before anything else can fail.
  record({
    type: 'reconcile',
    at: readAt,
    unit: unitId(unit),
    state: planned.memory.state,
    previousState: before?.state,
    figures: {
      ...planned.figures,
      serving: observation.primary.serving,
      young: observation.primary.young,
      desired: observation.primary.desired,
      twin: observation.fallback.desired,
    },
    frozenBy: observation.paused ? 'pause-tag' : observation.primary.isRollingOut || observation.fallback.isRollingOut ? 'deployment' : undefined,
    actions: performed,
    timeToStrengthMs: timeToStrength(planned.memory, before),
  });
  await held.release({ capacity: remember(planned, performed, before), readAt });
  return isDone ? 'done' : 'again';
}

/** Set once for each shortage: when it has ended. */
function timeToStrength(memory: CapacityMemory, before: CapacityMemory | undefined): number | undefined {
  const { shortSince = before?.shortSince, stableSince } = memory;
  const endedAt = before?.stableSince === undefined ? stableSince : undefined;
  return shortSince === undefined || endedAt === undefined ? undefined : endedAt - shortSince;
}

interface Performance {
  /** Nothing is written later than shortly before. */
  readonly until: number;
  readonly setFallback: (count: number, signal: AbortSignal) => Promise<void>;
  readonly beforeSuspending: () => Promise<void>;
}

type Performed = ReconcileDecision['actions'][number];

/** In order, and no further than the first that fails: what is left is decided anew by the next reconcile. */
async function perform(
  { cloud, clock }: ReconcileContext,
  unit: Unit,
  actions: readonly CapacityAction[],
  { until, setFallback, beforeSuspending }: Performance,
): Promise<readonly Performed[]> {
  const performed: Performed[] = [];
  const ending = new AbortController();
  const cancel = clock.schedule(until - WRITE_MARGIN_MS - clock.now(), () => ending.abort());
  try {
    for (const action of actions) performed.push(await performOne(action));
  } finally {
    cancel();
  }
  return performed;

  async function performOne(action: CapacityAction): Promise<Performed> {
    if (unit.dryRun) return { action, outcome: 'dry-run', problem: undefined };
    // A holder that was stopped for a while must not write what another may have decided otherwise by now.
    if (performed.some(({ outcome }) => outcome === 'failed') || clock.now() > until - WRITE_MARGIN_MS)
      return { action, outcome: 'not-done', problem: undefined };
    try {
      if (action.type === 'suspend-scale-in') await beforeSuspending();
      await (action.type === 'set-fallback' ? setFallback(action.count, ending.signal) : act(cloud, unit, action, ending.signal));
      return { action, outcome: 'done', problem: undefined };
    } catch (error) {
      if (!isSpotproofError(error, 'SPOTPROOF_CLOUD')) throw error;
      return { action, outcome: 'failed', problem: error.message };
    }
  }
}

async function act(cloud: Cloud, unit: Unit, action: Exclude<CapacityAction, { readonly type: 'set-fallback' }>, signal: AbortSignal): Promise<void> {
  switch (action.type) {
    case 'suspend-scale-in':
      return cloud.suspendScaleIn(unit.cluster, unit.primary, true, signal);
    case 'resume-scale-in':
      return cloud.suspendScaleIn(unit.cluster, unit.primary, false, signal);
    case 'alarm':
      // Being recorded is what it is for.
      return undefined;
  }
}

/** What was planned is remembered only as far as it was done; else the next plan would count on it. */
function remember({ memory }: CapacityPlan, performed: readonly Performed[], before: CapacityMemory | undefined): CapacityMemory {
  const outcomeOf = (type: CapacityAction['type']): ActionOutcome => performed.find(({ action }) => action.type === type)?.outcome ?? 'done';
  const wasSet = outcomeOf('set-fallback') === 'done';
  // One that failed may have happened: its answer may have been lost.
  const mayBeSuspended = ['done', 'failed'].includes(outcomeOf('suspend-scale-in'));
  return {
    ...memory,
    raisedAt: wasSet ? memory.raisedAt : before?.raisedAt,
    releasedAt: wasSet ? memory.releasedAt : before?.releasedAt,
    suspendedScaleIn: mayBeSuspended ? memory.suspendedScaleIn : (before?.suspendedScaleIn ?? false),
  };
}

/** Reading 500 tasks takes about twenty calls, of which ECS allows twenty a second (ECS request throttling: 100 at once, 20 a second). */
const INTERVAL_MS = 2_000;
const WAIT_MS = 8_000;
const HOLD_MS = 30_000;
const WRITE_MARGIN_MS = 2_000;

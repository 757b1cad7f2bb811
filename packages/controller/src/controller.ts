import type { TaskStateChange } from '@spotproof/core/events';
import { sortBatch, type QueueRecord, type UnitBatch } from './batch.ts';
import { coalesce } from './coalesce.ts';
import { createDeregister } from './deregister.ts';
import { reconcile, type ReconcileContext, type ReconcileOutcome } from './reconcile.ts';
import type { Unit } from './unit.ts';

export interface ControllerOptions extends ReconcileContext {
  readonly units: readonly Unit[];
}

export interface Controller {
  /**
   * Acts on messages of the queue.
   *
   * @returns The ids of those that must come again. A message that comes again too often belongs in the dead-letter queue; that is the queue's to decide.
   */
  handle(records: readonly QueueRecord[]): Promise<readonly string[]>;
  /** Reconciles every unit. To be called once a minute: it is what heals lost events, and what releases the fallback. */
  tick(): Promise<void>;
}

export function createController(options: ControllerOptions): Controller {
  const { units, clock, record } = options;
  const deregistrations = new Map(units.map((unit) => [unit, coalesceDeregistrations(options, unit)]));
  const reconciles = new Map(units.map((unit) => [unit, coalesce(() => reconcile(options, unit, clock.now()))]));
  const reconcileUnit = async (unit: Unit): Promise<ReconcileOutcome> => (await reconciles.get(unit)?.()) ?? 'done';

  const handleUnit = async ({ unit, messageIds, interruptions }: UnitBatch): Promise<readonly string[]> => {
    // The targets first: requests are being lost, while a task that is started now serves in a minute at the earliest.
    const outcomes: ReconcileOutcome[] = [];
    if (interruptions.length > 0) outcomes.push((await deregistrations.get(unit)?.(interruptions)) ?? 'done');
    outcomes.push(await reconcileUnit(unit));
    return outcomes.every((outcome) => outcome === 'done') ? [] : messageIds;
  };
  return {
    async handle(records) {
      const now = clock.now();
      const batch = sortBatch(records, units, now);
      for (const { unit, why, problem } of batch.skipped) record({ type: 'skip', at: now, unit, why, problem });
      const failed = await Promise.all(batch.units.map(handleUnit));
      return [...new Set([...batch.skipped.filter(({ isSpent }) => !isSpent).map(({ messageId }) => messageId), ...failed.flat()])];
    },
    async tick() {
      await Promise.all(units.map(reconcileUnit));
    },
  };
}

/** A storm comes in many small batches, and each run reads all that stops: those that come during one share the next. */
function coalesceDeregistrations(context: ReconcileContext, unit: Unit): (interruptions: readonly TaskStateChange[]) => Promise<ReconcileOutcome> {
  const deregister = createDeregister(context);
  const waiting = new Map<string, TaskStateChange>();
  const run = coalesce(() => {
    const interruptions = [...waiting.values()];
    waiting.clear();
    return deregister(unit, interruptions);
  });
  return (interruptions) => {
    for (const event of interruptions) if (!waiting.has(event.taskArn)) waiting.set(event.taskArn, event);
    return run();
  };
}

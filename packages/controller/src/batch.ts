import { parseEvent, type EcsEvent, type TaskStateChange } from '@spotproof/core/events';
import { addressesOf } from './addresses.ts';
import type { SkipReason } from './decision.ts';
import { servicesOf, type Unit, unitId } from './unit.ts';

/** One message of the queue. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** What a batch asks for, unit by unit. */
export interface Batch {
  readonly units: readonly UnitBatch[];
  /** Not acted on. Those that are not `isSpent` must go back to the queue: nothing here can handle them, so they end in the dead-letter queue. */
  readonly skipped: readonly {
    readonly messageId: string;
    readonly unit: string | undefined;
    readonly why: SkipReason;
    readonly problem: string | undefined;
    readonly isSpent: boolean;
  }[];
}

export interface UnitBatch {
  readonly unit: Unit;
  /** All messages about the unit but ticks. */
  readonly messageIds: readonly string[];
  /** Tasks that Spot takes back, each once: the first news of it. */
  readonly interruptions: readonly TaskStateChange[];
}

/** Sorts messages by unit. Pure, but for nothing. */
export function sortBatch(records: readonly QueueRecord[], units: readonly Unit[], now: number): Batch {
  const byService = new Map(units.flatMap((unit) => servicesOf(unit).map((primary) => [unitId({ cluster: unit.cluster, primary }), unit] as const)));
  const sorted = new Map<Unit, { messageIds: string[]; interruptions: Map<string, TaskStateChange> }>();
  const skipped: Batch['skipped'][number][] = [];
  const entryOf = (unit: Unit): { messageIds: string[]; interruptions: Map<string, TaskStateChange> } => {
    const entry = sorted.get(unit) ?? { messageIds: [], interruptions: new Map() };
    sorted.set(unit, entry);
    return entry;
  };

  for (const { messageId, body } of records) {
    const event = read(body);
    if (event === undefined) {
      skipped.push({ messageId, unit: undefined, why: 'not-json', problem: 'the message is not JSON', isSpent: false });
      continue;
    }
    if (event.kind === 'noop') {
      skipped.push({ messageId, unit: undefined, why: event.why, problem: event.explanation, isSpent: event.why !== 'malformed' });
      continue;
    }
    if (event.kind === 'tick') {
      // Not to be handed out again: the next one comes before it would.
      for (const unit of units) entryOf(unit);
      continue;
    }
    const service = serviceOf(event);
    const unit = service === undefined ? undefined : byService.get(service);
    if (unit === undefined) {
      skipped.push({ messageId, unit: undefined, why: 'not-a-unit', problem: service, isSpent: true });
      continue;
    }
    const entry = entryOf(unit);
    entry.messageIds.push(messageId);
    if (event.kind !== 'task-state-change' || !event.isSpotInterruption || event.serviceName !== unit.primary) continue;
    if (now - event.at > STALE_MS)
      skipped.push({
        messageId,
        unit: unitId(unit),
        why: 'stale',
        problem: `the notice for ${event.taskArn} is ${Math.round((now - event.at) / 1000)} s old`,
        isSpent: true,
      });
    else if (addressesOf(event).length === 0)
      skipped.push({ messageId, unit: unitId(unit), why: 'no-address', problem: `the notice for ${event.taskArn} names no address`, isSpent: true });
    else if (!entry.interruptions.has(event.taskArn)) entry.interruptions.set(event.taskArn, event);
  }
  return {
    units: [...sorted].map(([unit, { messageIds, interruptions }]) => ({ unit, messageIds, interruptions: [...interruptions.values()] })),
    skipped,
  };
}

function read(body: string): EcsEvent | undefined {
  try {
    return parseEvent(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `<cluster>/<service>`; undefined for a task of no service. */
function serviceOf(event: Exclude<EcsEvent, { kind: 'noop' | 'tick' }>): string | undefined {
  // arn:aws:ecs:eu-west-1:111122223333:service/<cluster>/<service>
  if (event.kind !== 'task-state-change') return event.serviceArn.split(':service/')[1];
  const cluster = event.clusterArn.slice(event.clusterArn.lastIndexOf('/') + 1);
  return event.serviceName === undefined ? undefined : unitId({ cluster, primary: event.serviceName });
}

/** Longest life of a task after its notice (ECS ContainerDefinition.stopTimeout, at most 120 s on Fargate): nothing is left to deregister. */
const STALE_MS = 120_000;

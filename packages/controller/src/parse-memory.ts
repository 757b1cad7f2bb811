import { CAPACITY_STATES, type CapacityMemory } from '@spotproof/core/capacity';
import type { UnitMemory } from './memory.ts';

/**
 * A memory from its JSON. Undefined for anything else than what this version writes: not to know only delays a release, to believe nonsense might hasten it.
 */
export function parseMemory(text: string | undefined): UnitMemory | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const memory = fieldsOf(value);
  const capacity = parseCapacity(fieldsOf(memory?.get('capacity')));
  const readAt = memory?.get('readAt');
  if (capacity === undefined || typeof readAt !== 'number') return undefined;
  return credible({ capacity, readAt });
}

/** Undefined for a memory that no plan has made, whatever it is written in. */
export function credible(memory: UnitMemory): UnitMemory | undefined {
  const { held, progress, stableForMs } = memory.capacity;
  const isCount = (count: number): boolean => count >= 0 && count <= MOST_TASKS;
  const isWait = stableForMs >= 0 && stableForMs <= LONGEST_WAIT_MS;
  return isWait && isCount(held?.target ?? 0) && isCount(progress?.serving ?? 0) ? memory : undefined;
}

function parseCapacity(fields: ReadonlyMap<string, unknown> | undefined): CapacityMemory | undefined {
  if (fields === undefined) return undefined;
  const state = CAPACITY_STATES.find((name) => name === fields.get('state'));
  const stableForMs = fields.get('stableForMs');
  const [shortSince, stableSince, raisedAt, releasedAt] = ['shortSince', 'stableSince', 'raisedAt', 'releasedAt'].map((name) => fields.get(name));
  const held = parsePair(fields.get('held'), 'target');
  const progress = parsePair(fields.get('progress'), 'serving');
  const suspendedScaleIn = fields.get('suspendedScaleIn');
  if (state === undefined || typeof stableForMs !== 'number' || typeof suspendedScaleIn !== 'boolean') return undefined;
  if (!isOptionalNumber(shortSince) || !isOptionalNumber(stableSince) || !isOptionalNumber(raisedAt) || !isOptionalNumber(releasedAt))
    return undefined;
  if (held === 'wrong' || progress === 'wrong') return undefined;
  return {
    state,
    held: held && { target: held.value, at: held.at },
    shortSince,
    stableSince,
    stableForMs,
    raisedAt,
    releasedAt,
    progress: progress && { serving: progress.value, at: progress.at },
    suspendedScaleIn,
  };
}

/** `{ <name>: number, at: number }`, or nothing. */
function parsePair(value: unknown, name: string): { readonly value: number; readonly at: number } | undefined | 'wrong' {
  if (value === undefined) return undefined;
  const fields = fieldsOf(value);
  const [number, at] = [fields?.get(name), fields?.get('at')];
  return typeof number === 'number' && typeof at === 'number' ? { value: number, at } : 'wrong';
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function isOptionalNumber(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number';
}

/** More than a service has, whatever its quota (Amazon ECS service quotas, tasks per service: 5,000). */
const MOST_TASKS = 1_000_000;
/** What relapses can lead to, and the most that can be configured. */
const LONGEST_WAIT_MS = 3_600_000;

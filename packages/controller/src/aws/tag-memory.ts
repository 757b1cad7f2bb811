import { DescribeServicesCommand, type ECSClient, type Service, TagResourceCommand } from '@aws-sdk/client-ecs';
import type { Clock } from '@spotproof/core';
import { CAPACITY_STATES } from '@spotproof/core/capacity';
import type { MemoryStore, UnitMemory } from '../memory.ts';
import { sleep } from '../sleep.ts';
import { credible } from '../parse-memory.ts';
import { memoryKey, servicesOf, type Unit } from '../unit.ts';
import { call } from './call.ts';

export interface TagMemoryOptions {
  readonly ecs: ECSClient;
  readonly units: readonly Unit[];
  readonly clock: Clock;
}

/**
 * Memory in a tag of the twin service, or of the primary where there is none, for those who want no table. Tags have no conditional write, so only this process is kept from reconciling a
 * unit twice at a time: give the function a reserved concurrency of 1. ECS allows about ten tag calls a second for the whole account and region.
 */
export function tagMemory({ ecs, units, clock }: TagMemoryOptions): MemoryStore {
  const busy = new Set<string>();
  const dryRuns = new Map<string, UnitMemory>();
  return {
    async acquire(id, { waitMs, holdMs }) {
      const unit = units.find((candidate) => memoryKey(candidate) === id);
      if (unit === undefined) return undefined;
      const giveUpAt = clock.now() + waitMs;
      while (busy.has(id)) {
        if (clock.now() + POLL_MS > giveUpAt) return undefined;
        await sleep(clock, POLL_MS);
      }
      busy.add(id);
      try {
        const holder = await describe(unit);
        const keep = async (memory: UnitMemory): Promise<void> => {
          // A dry run changes nothing of anybody's, tags neither.
          if (unit.dryRun) dryRuns.set(id, memory);
          else await tag(holder?.serviceArn, memory);
        };
        return {
          memory: dryRuns.get(id) ?? decodeMemory(holder?.tags?.find(({ key }) => key === MEMORY_TAG)?.value),
          until: clock.now() + holdMs,
          keep,
          async release(memory) {
            try {
              if (memory !== undefined) await keep(memory);
            } finally {
              busy.delete(id);
            }
          },
        };
      } catch (error) {
        busy.delete(id);
        throw error;
      }
    },
  };

  async function tag(resourceArn: string | undefined, memory: UnitMemory): Promise<void> {
    if (resourceArn === undefined) return;
    const tags = [{ key: MEMORY_TAG, value: encodeMemory(memory) }];
    await call('ecs:TagResource', () => ecs.send(new TagResourceCommand({ resourceArn, tags })));
  }

  async function describe(unit: Unit): Promise<Service | undefined> {
    const { cluster } = unit;
    const services = servicesOf(unit).slice(-1);
    const answer = await call('ecs:DescribeServices', () => ecs.send(new DescribeServicesCommand({ cluster, services, include: ['TAGS'] })));
    return answer.services?.[0];
  }
}

/** As few characters as a tag has room for (256), and only those that one may have: no quotes, no braces. */
export function encodeMemory({ capacity, readAt }: UnitMemory): string {
  const { state, held, shortSince, stableSince, stableForMs, raisedAt, releasedAt, progress, suspendedScaleIn } = capacity;
  const numbers = [
    held?.target,
    held?.at,
    shortSince,
    stableSince,
    stableForMs,
    raisedAt,
    releasedAt,
    progress?.serving,
    progress?.at,
    suspendedScaleIn ? 1 : 0,
    readAt,
  ];
  return [VERSION, state, ...numbers.map((number) => (number === undefined ? '' : Math.round(number).toString(36)))].join('/');
}

/** Undefined for anything that this version did not write. */
export function decodeMemory(text: string | undefined): UnitMemory | undefined {
  const [version, name, ...fields] = text?.split('/') ?? [];
  const state = CAPACITY_STATES.find((candidate) => candidate === name);
  const numbers = fields.map((field) => (field === '' ? undefined : Number.parseInt(field, 36)));
  const [target, heldAt, shortSince, stableSince, stableForMs, raisedAt, releasedAt, serving, progressAt, suspended, readAt] = numbers;
  if (version !== VERSION || state === undefined || fields.length !== 11 || numbers.some(Number.isNaN)) return undefined;
  if (stableForMs === undefined || readAt === undefined) return undefined;
  return credible({
    capacity: {
      state,
      held: target === undefined || heldAt === undefined ? undefined : { target, at: heldAt },
      shortSince,
      stableSince,
      stableForMs,
      raisedAt,
      releasedAt,
      progress: serving === undefined || progressAt === undefined ? undefined : { serving, at: progressAt },
      suspendedScaleIn: suspended === 1,
    },
    readAt,
  });
}

const MEMORY_TAG = 'spotproof:memory';
const VERSION = '1';
const POLL_MS = 50;

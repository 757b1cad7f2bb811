import type { UnitMemory } from './memory.ts';

/**
 * A memory whose times are not later than now. Another process whose clock is wrong may have kept it, or it is corrupt: believed, it would keep
 * every reconcile from happening, or the fallback from being released, until then. Taken for now, each time only begins to count again.
 *
 * @returns The memory itself unless something is further ahead than clocks differ.
 */
export function withoutFuture(memory: UnitMemory | undefined, now: number): UnitMemory | undefined {
  if (memory === undefined) return undefined;
  const { capacity, readAt } = memory;
  const { held, progress, shortSince, stableSince, raisedAt, releasedAt } = capacity;
  const latest = Math.max(readAt, ...[held?.at, progress?.at, shortSince, stableSince, raisedAt, releasedAt].map((at) => at ?? 0));
  if (latest - now <= CLOCKS_DIFFER_MS) return memory;
  const past = (at: number): number => Math.min(at, now);
  return {
    capacity: {
      ...capacity,
      held: held && { ...held, at: past(held.at) },
      progress: progress && { ...progress, at: past(progress.at) },
      shortSince: shortSince && past(shortSince),
      stableSince: stableSince && past(stableSince),
      raisedAt: raisedAt && past(raisedAt),
      releasedAt: releasedAt && past(releasedAt),
    },
    readAt: past(readAt),
  };
}

/** Machines that keep time by NTP are within some tens of milliseconds of one another. */
const CLOCKS_DIFFER_MS = 1_000;

import type { ClaimStore } from '../store.ts';
import type { AnyJob } from './job.ts';

export interface DueJob {
  readonly job: AnyJob;
  readonly key: string;
}

interface LookOptions {
  readonly atLeast: number;
  readonly isTaken: (key: string) => boolean;
  readonly cursors: Map<string, string>;
}

/**
 * Jobs that may be taken now, in an order of chance: workers that look at the same moment should not all reach for the same one.
 *
 * @param isTaken What is no use to find.
 * @param cursors Where the last look ended before it had found enough, by kind: what newer code has to do may be more than one look goes through.
 */
export async function findDue(store: Pick<ClaimStore, 'list'>, jobs: readonly AnyJob[], options: LookOptions): Promise<DueJob[]> {
  const pages = await Promise.all(jobs.map((job) => findDueOf(store, job, options)));
  return shuffled(pages.flat());
}

async function findDueOf(store: Pick<ClaimStore, 'list'>, job: AnyJob, { atLeast, isTaken, cursors }: LookOptions): Promise<DueJob[]> {
  const found: DueJob[] = [];
  let cursor = cursors.get(job.kind);
  cursors.delete(job.kind);
  // The page may be full of what newer code has to do.
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await store.list({ kind: job.kind, state: 'due', limit: Math.max(SMALLEST_PAGE, Math.min(LARGEST_PAGE, atLeast * 4)), cursor });
    for (const { key, version } of page.records) if (version <= job.version && !isTaken(key)) found.push({ job, key });
    cursor = page.cursor;
    if (cursor === undefined || found.length >= atLeast) return found;
  }
  if (cursor !== undefined) cursors.set(job.kind, cursor);
  return found;
}

function shuffled<T>(values: T[]): T[] {
  for (let at = values.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  return values;
}

const SMALLEST_PAGE = 16;
const LARGEST_PAGE = 200;
const MOST_PAGES = 10;

import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimStore } from '@spotproof/state';
import { everyRecord } from './find-records.ts';

/** A store that removes many at once. */
type Purging = Pick<ClaimStore, 'list' | 'purge'> & { readonly sweep?: (options: { readonly limit: number }) => Promise<number> };

/**
 * Removes records whose time is over, by the store's clock.
 *
 * @param options.kind Only of this kind; otherwise of every one.
 * @returns How many.
 */
export async function purgeExpired(
  store: Purging,
  { kind, nowMs }: { readonly kind: string | undefined; readonly nowMs: () => number },
): Promise<number> {
  let removed = 0;
  if (kind === undefined && store.sweep !== undefined) {
    for (;;) {
      const swept = await store.sweep({ limit: BATCH });
      removed += swept;
      if (swept < BATCH) return removed;
    }
  }
  for await (const { key, keepUntil } of everyRecord(store, { kind })) {
    // The store decides; this only saves asking it about what is far from over.
    if (keepUntil <= nowMs() && (await store.purge({ key, force: undefined })) === 'purged') removed += 1;
  }
  return removed;
}

/** Removes one record now, unless it was claimed again since its epoch was looked at. */
export async function purgeNow(
  store: Pick<ClaimStore, 'purge'>,
  { key, epoch }: { readonly key: string; readonly epoch: number },
): Promise<'purged' | 'kept'> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await store.purge({ key, force: epoch });
    if (outcome === 'purged' || tries === TRIES) return outcome;
    // A record is kept while the clock shows the millisecond of its last claim.
    await delay(PAUSE_MS);
  }
}

const BATCH = 1000;
const TRIES = 5;
const PAUSE_MS = 5;

import type { ClaimStore, ClaimSummary } from '@spotproof/state';

/** Gives one record that failed for good its second chance. */
export function retry(store: Pick<ClaimStore, 'revive'>, { key, kind }: Pick<ClaimSummary, 'key' | 'kind'>): Promise<'revived' | 'refused'> {
  // A worker comes back for a job by itself, so that it must not be forgotten. For the rest it takes a caller, who comes soon or never.
  return store.revive({ key, keepMs: kind.startsWith('job:') ? Infinity : DAY_MS });
}

const DAY_MS = 86_400_000;

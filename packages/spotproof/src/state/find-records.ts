import type { ClaimStore, ClaimSummary, ListPage, ListQuery } from '@spotproof/state';

/** A page as people mean it: as many as asked for, unless there are no more. Stores may give less, and even nothing, before the end. */
export async function findRecords(store: Pick<ClaimStore, 'list'>, query: ListQuery): Promise<ListPage> {
  const records: ClaimSummary[] = [];
  let cursor = query.cursor;
  do {
    const page = await store.list({ ...query, limit: query.limit - records.length, cursor });
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined && records.length < query.limit);
  return { records, cursor };
}

/** Every record that matches, page by page. What is changed meanwhile hides no other. */
export async function* everyRecord(store: Pick<ClaimStore, 'list'>, query: Pick<ListQuery, 'kind' | 'state'>): AsyncGenerator<ClaimSummary> {
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...query, limit: PAGE, cursor });
    yield* page.records;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

const PAGE = 200;

import type { ClientRecord, Outcome } from '../load/client-record.ts';
import type { LoadReport } from './report-document.ts';

/** What the load generator recorded, for its account. */
export interface DrivenLoad {
  readonly url: string;
  readonly ratePerSecond: number;
  readonly records: readonly ClientRecord[];
}

/** Counts each request once. What had already ended badly before the first stop is how the service is on any day. */
export function accountLoad(
  load: DrivenLoad,
  times: { readonly startedAt: number; readonly firstStopAt: number | undefined },
): Extract<LoadReport, { driven: true }> {
  const { url, ratePerSecond, records } = load;
  const bad = records.filter(({ outcome }) => outcome !== 'answered');
  const lost = bad.filter(({ endedAt }) => times.firstStopAt !== undefined && endedAt >= times.firstStopAt);
  const byOutcome: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of lost) byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
  return {
    driven: true,
    url,
    ratePerSecond,
    sent: records.length,
    answered: records.length - bad.length,
    lost: lost.length,
    lostBefore: bad.length - lost.length,
    byOutcome,
    losses: lost.slice(0, MOST_LOSSES).map(({ endedAt, outcome, status, answeredBy, detail }) => ({
      at: endedAt - times.startedAt,
      outcome,
      status,
      answeredBy,
      detail,
    })),
  };
}

const MOST_LOSSES = 100;

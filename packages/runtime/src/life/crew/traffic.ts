import type { TrafficBefore } from '@spotproof/core/drain';

/** What several parts of one service saw, as if one had seen it all. */
export function mergeTraffic(parts: readonly TrafficBefore[]): TrafficBefore {
  const seen = parts.filter(({ requests }) => requests > 0);
  const rate = seen.reduce((sum, { meanGapMs }) => sum + (meanGapMs === undefined ? 0 : 1 / Math.max(meanGapMs, SHORTEST_GAP_MS)), 0);
  const last = seen.flatMap(({ lastRequestAgoMs }) => lastRequestAgoMs ?? []);
  return {
    requests: seen.reduce((sum, { requests }) => sum + requests, 0),
    meanGapMs: rate === 0 ? undefined : 1 / rate,
    lastRequestAgoMs: last.length === 0 ? undefined : Math.min(...last),
    // The checks are spread over the workers, so one of them may miss several by chance.
    healthChecksStopped: seen.length > 0 && seen.every(({ healthChecksStopped }) => healthChecksStopped),
  };
}

const SHORTEST_GAP_MS = 0.001;

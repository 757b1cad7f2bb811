import type { Account } from './account.ts';
import type { LabRun } from './lab-run.ts';
import type { LatencyPoint, LatencyReport, Percentiles } from './report-document.ts';
import { loadBeginsAt } from './run-clock.ts';
import { latencyIsValid } from './validity.ts';

/** Latency of the answered requests, each counted from the time at which it was meant to be sent. */
export function latencyReport(run: LabRun, account: Account): LatencyReport {
  // How long a connection stays open is no latency.
  const answered = account.answered.filter(({ client }) => client.longLived === undefined);
  const { lost } = account;
  const latencyOf = ({ client }: (typeof answered)[number]): number => Math.max(0, client.endedAt - client.intendedAt);
  return {
    valid: latencyIsValid(run),
    latenessP99Ms: round(run.load?.latenessMs.p99 ?? 0),
    control: percentiles(answered.filter(({ phase }) => phase === 'control').map(latencyOf)),
    interruption: percentiles(answered.filter(({ phase }) => phase === 'interruption').map(latencyOf)),
    series: series({
      beginsMs: loadBeginsAt(run) - run.startedAt,
      answered: answered.map((request) => ({ second: secondOf(run, request.client.intendedAt), latencyMs: latencyOf(request) })),
      lostSeconds: lost.map((request) => secondOf(run, request.client.endedAt)),
    }),
  };
}

function series(input: {
  readonly beginsMs: number;
  readonly answered: readonly { readonly second: number; readonly latencyMs: number }[];
  readonly lostSeconds: readonly number[];
}): readonly LatencyPoint[] {
  const latencies = new Map<number, number[]>();
  for (const { second, latencyMs } of input.answered) {
    const bucket = latencies.get(second);
    if (bucket === undefined) latencies.set(second, [latencyMs]);
    else bucket.push(latencyMs);
  }
  const losses = new Map<number, number>();
  for (const second of input.lostSeconds) losses.set(second, (losses.get(second) ?? 0) + 1);

  const used = [...latencies.keys(), ...losses.keys()];
  const first = used.reduce((low, second) => Math.min(low, second), Infinity);
  const last = used.reduce((high, second) => Math.max(high, second), -Infinity);
  const points: LatencyPoint[] = [];
  for (let second = first; second <= Math.min(last, first + MAX_POINTS); second += 1) {
    const figures = percentiles(latencies.get(second) ?? []);
    points.push({
      at: round(input.beginsMs + second * 1000),
      answered: figures?.count ?? 0,
      lost: losses.get(second) ?? 0,
      p50Ms: figures?.p50Ms,
      p99Ms: figures?.p99Ms,
    });
  }
  return points;
}

/** Nearest-rank percentiles; undefined without values. */
function percentiles(values: readonly number[]): Percentiles | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number): number => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, p50Ms: rank(0.5), p90Ms: rank(0.9), p99Ms: rank(0.99), maxMs: rank(1) };
}

/** Counted from the first request. */
function secondOf(run: LabRun, at: number): number {
  return Math.floor((at - loadBeginsAt(run)) / 1000);
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** A day. A run is minutes long, so more is a broken clock, and must not fill the memory. */
const MAX_POINTS = 86_400;

import type { LabReport } from '../../verdict/report-document.ts';
import { loadBeginsAt } from '../figures.ts';

/** Maps instants of a run to places across the picture, in percent. Zero is the first request, so that two runs stand over each other. */
export interface TimeAxis {
  readonly endMs: number;
  /** Round instants to write along the axis, in milliseconds after the first request. */
  readonly ticks: readonly number[];
  /** For an instant after the first request: `12.345%`. Whatever lies outside is moved to the edge. */
  readonly place: (ms: number) => string;
  /** The length of a stretch, never negative. */
  readonly length: (fromMs: number, toMs: number) => string;
  readonly fraction: (ms: number) => number;
}

/** One axis for all the reports of a page. */
export function timeAxis(reports: readonly LabReport[]): TimeAxis {
  const endMs = Math.max(1000, ...reports.map((report) => report.durationMs - loadBeginsAt(report)));
  const fraction = (ms: number): number => Math.min(1, Math.max(0, ms / endMs));
  const step = STEPS_MS.find((candidate) => endMs / candidate <= MOST_TICKS) ?? Math.ceil(endMs / MOST_TICKS / 3_600_000) * 3_600_000;
  const ticks = Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step);
  return {
    endMs,
    ticks,
    fraction,
    place: (ms) => percent(fraction(ms)),
    length: (fromMs, toMs) => percent(Math.max(0, fraction(toMs) - fraction(fromMs))),
  };
}

export function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(3))}%`;
}

const MOST_TICKS = 10;
const STEPS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];

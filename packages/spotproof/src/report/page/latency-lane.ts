import type { LabReport } from '../../verdict/report-document.ts';
import { milliseconds, thousands } from '../../verdict/words.ts';
import { loadBeginsAt } from '../figures.ts';
import { backdrop } from './backdrop.ts';
import { markup, type Markup } from './markup.ts';
import { percent, type TimeAxis } from './time-axis.ts';

/** From the fastest to the slowest figure of a page, in whole powers of ten. */
export interface LatencyScale {
  readonly lowMs: number;
  readonly highMs: number;
}

export function latencyScale(reports: readonly LabReport[]): LatencyScale {
  const figures = reports
    .flatMap(({ latency }) => latency.series.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]))
    .filter((ms) => ms !== undefined && ms > 0);
  const low = figures.reduce((least: number, ms) => Math.min(least, ms ?? least), 10);
  const high = figures.reduce((most: number, ms) => Math.max(most, ms ?? most), 100);
  return { lowMs: Math.max(0.1, 10 ** Math.floor(Math.log10(low))), highMs: 10 ** Math.ceil(Math.log10(high)) };
}

/** p50 and p99 of each second on a logarithmic scale, with what was lost in it below, on the axis of the tasks. */
export function latencyLane(input: {
  readonly report: LabReport;
  readonly axis: TimeAxis;
  readonly scale: LatencyScale;
  readonly mostLost: number;
}): Markup {
  const { report, axis, scale, mostLost } = input;
  const { series, valid, latenessP99Ms } = report.latency;
  const lost = series.reduce((sum, point) => sum + point.lost, 0);
  return markup`<div class="lane latency">
<div class="lane-name"><b>latency</b> <span>${valid ? markup`<i class="key p50"></i>p50 <i class="key p99"></i>p99` : `void: the generator was ${milliseconds(latenessP99Ms)} late`}</span></div>
<svg class="plot${!valid && ' is-void'}" height="${CHART_PX}" role="img" aria-label="latency per second: p50 and p99">${backdrop({ report, axis, height: CHART_PX })}${decades(scale).map((ms) => markup`<line class="grid" x1="0" x2="100%" y1="${heightOf(ms, scale)}" y2="${heightOf(ms, scale)}"/><text class="scale" x="100%" dx="-4" y="${heightOf(ms, scale) - 3}" text-anchor="end">${decadeWords(ms)}</text>`)}
<svg class="curves" width="100%" height="${CHART_PX}" viewBox="0 0 1000 ${CHART_PX}" preserveAspectRatio="none"><path class="p99" d="${curve(input, 'p99Ms')}"/><path class="p50" d="${curve(input, 'p50Ms')}"/></svg></svg>
</div>
<div class="lane losses"><div class="lane-name"><b>lost</b> <span>${lost === 0 ? 'none' : markup`<em>${thousands(lost)}</em> in all, by second`}</span></div>
<svg class="plot" height="${LOST_PX}" role="img" aria-label="${lost} lost requests, by second">${backdrop({ report, axis, height: LOST_PX })}<line class="base" x1="0" x2="100%" y1="${LOST_PX - 1}" y2="${LOST_PX - 1}"/>${series.filter((point) => point.lost > 0).map((point) => lostBar({ point, report, axis, mostLost }))}</svg></div>`;
}

function lostBar(input: {
  readonly point: LabReport['latency']['series'][number];
  readonly report: LabReport;
  readonly axis: TimeAxis;
  readonly mostLost: number;
}): Markup {
  const { point, report, axis, mostLost } = input;
  const from = point.at - loadBeginsAt(report);
  const tall = Math.max(2, (point.lost / Math.max(1, mostLost)) * (LOST_PX - 6));
  return markup`<rect class="lost-bar" x="${axis.place(from)}" width="${percent(950 / axis.endMs)}" y="${(LOST_PX - 1 - tall).toFixed(1)}" height="${tall.toFixed(1)}"><title>second ${Math.floor(from / 1000)}: ${point.lost} lost</title></rect>`;
}

/** A line through the middle of each second, broken where a second has no answer. */
function curve(input: { readonly report: LabReport; readonly axis: TimeAxis; readonly scale: LatencyScale }, key: 'p50Ms' | 'p99Ms'): string {
  const { report, axis, scale } = input;
  let drawing = false;
  return report.latency.series
    .map((point) => {
      const ms = point[key];
      if (ms === undefined) {
        drawing = false;
        return '';
      }
      const x = (axis.fraction(point.at + 500 - loadBeginsAt(report)) * 1000).toFixed(1);
      // A stretch of one second has no length; a step to its own place makes it a dot under round line caps.
      const step = `${drawing ? 'L' : `M${x} ${heightOf(ms, scale)}L`}${x} ${heightOf(ms, scale)}`;
      drawing = true;
      return step;
    })
    .join('');
}

function heightOf(ms: number, { lowMs, highMs }: LatencyScale): number {
  const share = Math.log(Math.max(ms, lowMs) / lowMs) / Math.log(highMs / lowMs);
  return Number((CHART_PX - 4 - share * (CHART_PX - 18)).toFixed(1));
}

function decades({ lowMs, highMs }: LatencyScale): readonly number[] {
  return Array.from({ length: Math.round(Math.log10(highMs / lowMs)) + 1 }, (_, index) => lowMs * 10 ** index);
}

function decadeWords(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(3))} ms`;
}

const CHART_PX = 116;
const LOST_PX = 40;

import type { LabReport } from '../../verdict/report-document.ts';
import { loadBeginsAt } from '../figures.ts';
import { markup, type Markup } from './markup.ts';
import type { TimeAxis } from './time-axis.ts';

/** What lies behind every lane: the control phase as a shade, the time lines, and the begin of the interruption phase. */
export function backdrop({ report, axis, height }: { readonly report: LabReport; readonly axis: TimeAxis; readonly height: number }): Markup {
  const beginsAt = interruptionBegins(report);
  return markup`${beginsAt !== undefined && markup`<rect class="control" x="0" width="${axis.place(beginsAt)}" y="0" height="${height}"/>`}${axis.ticks.map((tick) => markup`<line class="grid" x1="${axis.place(tick)}" x2="${axis.place(tick)}" y1="0" y2="${height}"/>`)}`;
}

/** The words over the picture. */
export function axisLane(report: LabReport, axis: TimeAxis): Markup {
  const beginsAt = interruptionBegins(report);
  return markup`<div class="lane axis" aria-hidden="true"><div class="lane-name"></div><svg class="plot" height="34">${backdrop({ report, axis, height: 34 })}
${beginsAt !== undefined && beginsAt > 0 && markup`<text class="phase before" x="0" dx="4" y="11">${axis.fraction(beginsAt) > 0.06 && 'control'}</text><text class="phase" x="${axis.place(beginsAt)}" dx="4" y="11">interruption</text>`}
${axis.ticks.map((tick, index) => markup`<text class="${index % 2 === 1 ? 'tick odd' : 'tick'}" x="${axis.place(tick)}" y="28" dx="${index === 0 ? 4 : 0}" text-anchor="${index === 0 ? 'start' : axis.fraction(tick) > 0.97 ? 'end' : 'middle'}">${tickWords(tick)}</text>`)}</svg></div>`;
}

function tickWords(tick: number): string {
  return tick >= 60_000 && tick % 60_000 === 0 ? `${tick / 60_000} min` : `${tick / 1000} s`;
}

function interruptionBegins(report: LabReport): number | undefined {
  const { interruptionAt } = report.phases;
  return interruptionAt === undefined ? undefined : interruptionAt - loadBeginsAt(report);
}

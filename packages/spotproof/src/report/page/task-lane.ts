import type { LabReport, LossEntry, TaskReport } from '../../verdict/report-document.ts';
import { nodes, seconds, thousands } from '../../verdict/words.ts';
import { loadBeginsAt, stationsOf, type Station } from '../figures.ts';
import { placeLabels, widthOf, type PlacedLabel } from './lane-labels.ts';
import { markup, type Markup } from './markup.ts';
import { backdrop } from './backdrop.ts';
import { percent, type TimeAxis } from './time-axis.ts';

export interface LaneOptions {
  readonly report: LabReport;
  readonly task: TaskReport;
  readonly axis: TimeAxis;
  /** Requests a second that fill the height of the traffic. */
  readonly mostTraffic: number;
  readonly losses: readonly LossEntry[];
}

/** The life of one task: its process as a ribbon, what the balancer sent to it below, and a mark for each lost request below that. */
export function taskLane(options: LaneOptions): Markup {
  const { report, task, axis } = options;
  const origin = loadBeginsAt(report);
  const stations = stationsOf(report, task);
  const labels = placeLabels(stations.map((station) => ({ fraction: axis.fraction(station.at - origin), text: `${station.what} ${station.when}` })));
  const labelsHeight = labels.reduce((rows, { row }) => Math.max(rows, row + 1), 0) * LABEL_ROW_PX;
  const height = BODY_PX + (options.losses.length === 0 ? 0 : LOSS_ROW_PX);
  const note = task.replaces === undefined ? undefined : `replaces ${nameOf(report, task.replaces)}`;
  return markup`<div class="lane" data-task="${task.id}">
<div class="lane-name"><b>${task.name}</b> <span>${thousands(task.served)} served${task.lost > 0 && markup`, <em>${thousands(task.lost)} lost</em>`}${note !== undefined && markup` · ${note}`}</span></div>
<div>${labelsHeight > 0 && markup`<svg class="plot labels" height="${labelsHeight}" aria-hidden="true">${backdrop({ report, axis, height: labelsHeight })}${stations.map((station, index) => stationLabel({ station, label: labels[index], labelsHeight, axis, origin }))}</svg>`}
<svg class="plot" height="${height}" role="img" aria-label="${spoken(task, stations)}">${backdrop({ report, axis, height })}${danger(options)}${ribbon(options)}${traffic(options)}${options.losses.map((loss) => lossMark(loss, axis, origin))}${callout(options)}${stations.map((station) => stationMark({ station, axis, origin }))}</svg></div>
${stations.length > 0 && markup`<p class="steps">${stations.map(({ what, when }) => `${what} ${when}`).join(' → ')}</p>`}
</div>`;
}

/** A lost request that no task was chosen for. */
export function orphanLane(options: { readonly report: LabReport; readonly axis: TimeAxis; readonly losses: readonly LossEntry[] }): Markup {
  const { report, axis, losses } = options;
  const height = LOSS_ROW_PX + 14;
  const origin = loadBeginsAt(report);
  return markup`<div class="lane">
<div class="lane-name"><b>no target</b> <span><em>${thousands(losses.length)} lost</em></span></div>
<svg class="plot" height="${height}" role="img" aria-label="${losses.length} lost requests for which no target was known">${backdrop({ report, axis, height })}<svg y="${7 - LOSS_TOP_PX}" width="100%" height="${BODY_PX + LOSS_ROW_PX}" overflow="visible">${losses.map((loss) => lossMark(loss, axis, origin))}</svg></svg>
</div>`;
}

function ribbon({ report, task, axis }: LaneOptions): Markup {
  const origin = loadBeginsAt(report);
  const bornAt = task.states[0]?.at ?? 0;
  const endAt = task.exitedAt ?? report.durationMs;
  const toldAt = Math.min(task.sigtermAt ?? endAt, endAt);
  const closedAt = Math.min(task.listenerClosedAt ?? endAt, endAt);
  const readyAt = Math.min(task.listeningAt ?? toldAt, toldAt);
  const stretch = (kind: string, from: number, to: number, title: string): Markup | false =>
    to > from &&
    to > origin &&
    markup`<rect class="${kind}" x="${axis.place(from - origin)}" width="${axis.length(from - origin, to - origin)}" y="${RIBBON_TOP_PX}" height="${RIBBON_PX}"><title>${title}</title></rect>`;
  return markup`${stretch('starting', bornAt, readyAt, 'starting')}${stretch('serving', readyAt, toldAt, 'serving')}${stretch('draining', toldAt, Math.max(closedAt, toldAt), 'after SIGTERM, still accepting connections')}${stretch('closed', Math.max(closedAt, toldAt), endAt, 'listener closed, process still running')}`;
}

/** From the moment at which the task stopped accepting to the moment at which the last node stopped sending: where requests are lost. */
interface DeafTime {
  readonly from: number;
  readonly to: number;
  readonly senders: readonly string[];
}

function deafTime({ report, task }: LaneOptions): DeafTime | undefined {
  const from = Math.min(task.listenerClosedAt ?? Infinity, task.exitedAt ?? Infinity);
  if ((task.sigtermAt === undefined && !task.crashed) || !Number.isFinite(from)) return undefined;
  const leftAt = (node: string): number => task.leftBalancer.find((departure) => departure.node === node)?.at ?? report.durationMs;
  const senders = task.joinedBalancer
    .map(({ node }) => node)
    .filter((node) => leftAt(node) > from + 50)
    .toSorted();
  return senders.length === 0 ? undefined : { from, to: Math.max(...senders.map(leftAt)), senders };
}

function danger(options: LaneOptions): Markup | false {
  const deaf = deafTime(options);
  if (deaf === undefined) return false;
  const origin = loadBeginsAt(options.report);
  return markup`<rect class="danger" x="${options.axis.place(deaf.from - origin)}" width="${options.axis.length(deaf.from - origin, deaf.to - origin)}" y="0" height="100%"><title>${deafWords(deaf)}</title></rect>`;
}

function deafWords(deaf: DeafTime): string {
  return `${nodes(deaf.senders)} let go only ${seconds(deaf.to - deaf.from)} after it stopped accepting`;
}

/** Says beside the lost requests what the picture shows there. Left out where it does not fit. */
function callout(options: LaneOptions): Markup | false {
  const { losses, axis, report, task } = options;
  const [first] = losses;
  const last = losses.at(-1);
  if (first === undefined || last === undefined) return false;
  const origin = loadBeginsAt(report);
  const deaf = deafTime(options);
  const text = `${thousands(task.lost)} lost${deaf === undefined ? '' : `: ${deafWords(deaf)}`}`;
  const width = widthOf(text);
  const end = Math.max(axis.fraction(last.endedAt - origin), deaf === undefined ? 0 : axis.fraction(deaf.to - origin));
  const y = LOSS_TOP_PX + LOSS_ROW_PX - 6;
  if (end + width <= 1) return markup`<text class="callout" x="${percent(end)}" dx="8" y="${y}">${text}</text>`;
  const start = axis.fraction(first.endedAt - origin);
  return start >= width && markup`<text class="callout" x="${percent(start)}" dx="-6" y="${y}" text-anchor="end">${text}</text>`;
}

function traffic({ report, task, axis, mostTraffic }: LaneOptions): readonly Markup[] {
  const origin = loadBeginsAt(report);
  return task.traffic.map(({ at, answered, lost }) => {
    const tall = (n: number): number => Math.round((n / Math.max(1, mostTraffic)) * TRAFFIC_PX * 10) / 10;
    const x = axis.place(at - origin);
    const width = percent(Math.max(0.001, 950 / axis.endMs));
    return markup`<g><title>second ${Math.floor((at - origin) / 1000)}: ${answered} answered${lost > 0 && `, ${lost} lost`}</title>${answered > 0 && markup`<rect class="sent" x="${x}" width="${width}" y="${TRAFFIC_BASE_PX - tall(answered + lost)}" height="${Math.max(1, tall(answered))}"/>`}${lost > 0 && markup`<rect class="sent-lost" x="${x}" width="${width}" y="${TRAFFIC_BASE_PX - Math.max(1.5, tall(lost))}" height="${Math.max(1.5, tall(lost))}"/>`}</g>`;
  });
}

function lossMark(loss: LossEntry, axis: TimeAxis, origin: number): Markup {
  const what = `${loss.name}: ${loss.outcome}${loss.status === undefined ? '' : ` ${loss.status}`}`;
  return markup`<rect class="loss" data-request="${loss.id}" x="${axis.place(loss.endedAt - origin)}" y="${LOSS_TOP_PX}" width="2" height="${LOSS_ROW_PX - 4}"><title>${what}, ${seconds(loss.endedAt - origin)} (${loss.id})</title></rect>`;
}

function stationLabel(input: {
  readonly station: Station;
  readonly label: PlacedLabel | undefined;
  readonly labelsHeight: number;
  readonly axis: TimeAxis;
  readonly origin: number;
}): Markup | false {
  const { station, label, labelsHeight, axis, origin } = input;
  if (label === undefined) return false;
  const y = labelsHeight - label.row * LABEL_ROW_PX - 4;
  return markup`<svg x="${axis.place(station.at - origin)}" overflow="visible" class="station ${station.kind}"><line class="leader" x1="0" x2="0" y1="${y - 9}" y2="${labelsHeight + RIBBON_TOP_PX}"/><text x="${label.anchor === 'end' ? -5 : 5}" y="${y}" text-anchor="${label.anchor}">${label.text}</text></svg>`;
}

function stationMark({ station, axis, origin }: { readonly station: Station; readonly axis: TimeAxis; readonly origin: number }): Markup {
  return markup`<svg x="${axis.place(station.at - origin)}" overflow="visible" class="station ${station.kind}"><title>${station.what} ${station.when}</title>${glyph(station.kind, RIBBON_TOP_PX + RIBBON_PX / 2)}</svg>`;
}

function glyph(kind: Station['kind'], y: number): Markup {
  switch (kind) {
    case 'sick':
    case 'cured':
    case 'sigterm':
      return markup`<rect x="-1.5" y="${y - 9}" width="3" height="18"/>`;
    case 'left':
      return markup`<path d="M-5 ${y - 11}h10l-5 7z"/>`;
    case 'listener-closed':
      return markup`<rect x="-1" y="${y - 8}" width="2" height="16"/>`;
    case 'exited':
      return markup`<circle cx="0" cy="${y}" r="6"/>`;
    case 'killed':
    case 'crashed':
      return markup`<circle cx="0" cy="${y}" r="7"/><path class="cross" d="M-3 ${y - 3}l6 6m0 -6l-6 6"/>`;
  }
}

function spoken(task: TaskReport, stations: readonly Station[]): string {
  const way = stations.map(({ what, when }) => `${what} ${when}`).join(', ');
  return `${task.name}: ${task.served} served, ${task.lost} lost${way === '' ? '' : `; ${way}`}`;
}

function nameOf(report: LabReport, taskId: string): string {
  return report.tasks.find(({ id }) => id === taskId)?.name ?? taskId;
}

const LABEL_ROW_PX = 15;
const RIBBON_TOP_PX = 8;
const RIBBON_PX = 12;
const TRAFFIC_PX = 22;
const TRAFFIC_BASE_PX = RIBBON_TOP_PX + RIBBON_PX + 4 + TRAFFIC_PX;
const BODY_PX = TRAFFIC_BASE_PX + 6;
const LOSS_TOP_PX = TRAFFIC_BASE_PX + 4;
const LOSS_ROW_PX = 16;

import { placeLabels } from '../../report/page/lane-labels.ts';
import { thousands } from '../../verdict/words.ts';
import type { LivePoint, LiveState, LiveTask } from '../state.ts';
import { type Html, html } from './html.ts';
import { liveScale, type LiveScale } from './scale.ts';

/** The run so far in one picture: a lane for each task, then the answers, over one time axis. */
export function viewPicture(state: LiveState, now: number): Html {
  if (state.run === undefined) return html`<p class="muted">Waiting for the run to begin.</p>`;
  const scale = liveScale(state.run.at, state.verdict?.at ?? now);
  const orphans = (state.verdict?.losses ?? []).filter(({ taskId }) => !state.tasks.some(({ id }) => id === taskId));
  return html`${viewAxis(state, scale)}${state.tasks.map((task) => viewLane(task, state, scale))}${
    orphans.length > 0 &&
    html`<div class="lane" data-task="">
      <div class="lane-name">
        <b>no target</b> <span><em>${orphans.length} lost</em></span>
      </div>
      <svg class="plot" height="20" role="img" aria-label="${orphans.length} lost requests for which no target was known">
        ${viewGrid(scale, 20)}${lossMarks(orphans, scale, 2)}
      </svg>
    </div>`
  }${viewRequests(state, scale)}`;
}

function viewAxis(state: LiveState, scale: LiveScale): Html {
  const ticks = [0, 1, 2, 3, 4, 5].map((fifth) => (scale.endMs / 5) * fifth);
  const words = (ms: number): string => (ms >= 120_000 ? `${Number((ms / 60_000).toFixed(1))} min` : `${Number((ms / 1000).toFixed(1))} s`);
  // A phase that was over in no time leaves its name to the next one.
  const phases = state.phases.filter(({ at, phase }, index) => {
    if (phase === 'stopping') return false;
    const next = state.phases[index + 1];
    return next === undefined || scale.fraction(next.at) - scale.fraction(at) > 0.09;
  });
  return html`<div class="lane axis" aria-hidden="true">
    <div class="lane-name"></div>
    <svg class="plot" height="34">
      ${viewGrid(scale, 34)}${phases.map(
        ({ phase, at }) =>
          html`<text class="phase" x="${scale.place(at)}" dx="4" y="11" ${scale.fraction(at) > 0.85 && html` text-anchor="end"`}>${phase}</text>`,
      )}${ticks.map(
        (ms) =>
          html`<text
            class="tick"
            x="${scale.place(scale.originAt + ms)}"
            y="28"
            dx="${ms === 0 ? 4 : 0}"
            text-anchor="${ms === 0 ? 'start' : ms === scale.endMs ? 'end' : 'middle'}"
            >${words(ms)}</text
          >`,
      )}
    </svg>
  </div>`;
}

/** The time lines, and one for now. */
function viewGrid(scale: LiveScale, height: number): Html {
  const lines = [0, 1, 2, 3, 4, 5].map((fifth) => scale.place(scale.originAt + (scale.endMs / 5) * fifth));
  const nowX = scale.place(scale.originAt + scale.nowMs);
  return html`${lines.map((x) => html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height}" />`)}<line
      class="now"
      x1="${nowX}"
      x2="${nowX}"
      y1="0"
      y2="${height}"
    />`;
}

function viewLane(task: LiveTask, state: LiveState, scale: LiveScale): Html {
  const labels = placeLabels(task.marks.map(({ at, text }) => ({ fraction: scale.fraction(at), text })));
  const labelsHeight = labels.reduce((rows, { row }) => Math.max(rows, row + 1), 0) * 15;
  const judged = state.verdict?.tasks.find(({ taskId }) => taskId === task.id);
  const losses = (state.verdict?.losses ?? []).filter(({ taskId }) => taskId === task.id);
  const height = losses.length > 0 ? 50 : 38;
  const steps = task.marks.map(({ at, text }) => `${text} ${((at - scale.originAt) / 1000).toFixed(1)} s`);
  const condition = taskCondition(task);
  return html`<div class="lane" data-task="${task.id}" data-condition="${condition.kind}">
    <div class="lane-name">
      <b>${task.id}</b> <span class="condition">${condition.sign} ${condition.words}</span>
      <span
        >${task.state ?? ''}${
          judged !== undefined && html` · ${thousands(judged.served)} served${judged.lost > 0 && html`, <em>${thousands(judged.lost)} lost</em>`}`
        }</span
      >
    </div>
    <div>
      ${
        labelsHeight > 0 &&
        html`<svg class="plot labels" height="${labelsHeight}" aria-hidden="true">
          ${viewGrid(scale, labelsHeight)}${labels.map(({ fraction, text, row, anchor }, index) => {
            const y = labelsHeight - row * 15 - 4;
            return html`<svg
              x="${Number((fraction * 100).toFixed(2))}%"
              overflow="visible"
              class="station ${stationClass(task.marks[index]?.kind, text)}"
            >
              <line class="leader" x1="0" x2="0" y1="${y - 9}" y2="${labelsHeight + 6}" />
              <text x="${anchor === 'end' ? -5 : 5}" y="${y}" text-anchor="${anchor}">${text}</text>
            </svg>`;
          })}
        </svg>`
      }<svg class="plot" height="${height}" role="img" aria-label="${task.id}: ${condition.words}${steps.length > 0 && `; ${steps.join(', ')}`}">
        ${viewGrid(scale, height)}${viewRibbon(task, scale)}${task.marks.map(
          ({ at, kind, text }) =>
            html`<svg x="${scale.place(at)}" overflow="visible" class="station ${stationClass(kind, text)}">
              <title>${text}</title>
              <rect x="-1.5" y="3" width="3" height="22" />
            </svg>`,
        )}${losses.length > 0 && lossMarks(losses, scale, 31)}
      </svg>
    </div>
    ${steps.length > 0 && html`<p class="steps">${steps.join(' → ')}</p>`}
  </div>`;
}

function viewRibbon(task: LiveTask, scale: LiveScale): Html {
  const endAt = Math.min(task.exitedAt ?? Infinity, scale.originAt + scale.nowMs);
  const toldAt = Math.min(task.sigtermAt ?? endAt, endAt);
  const closedAt = Math.max(toldAt, Math.min(task.listenerClosedAt ?? endAt, endAt));
  const readyAt = Math.min(task.listeningAt ?? toldAt, toldAt);
  const stretches = [
    { kind: 'starting', words: 'starting', from: task.bornAt, to: readyAt },
    { kind: 'serving', words: 'serving', from: readyAt, to: toldAt },
    { kind: 'draining', words: 'told to stop', from: toldAt, to: closedAt },
    { kind: 'closed', words: 'not listening', from: closedAt, to: endAt },
  ];
  return html`${stretches
    .filter(({ from, to }) => to > from)
    .map(({ kind, words, from, to }) => {
      const fits = scale.fraction(to) - scale.fraction(from) > (words.length * 7 + 12) / 800;
      return html`<rect class="${kind}" x="${scale.place(from)}" width="${scale.length(from, to)}" y="5" height="18"><title>${words}</title></rect
        >${fits && html`<text class="inside ${kind}" x="${scale.place(from)}" dx="7" y="18" aria-hidden="true">${words}</text>`}`;
    })}`;
}

/** How a task is, with a sign, so that no colour is needed to see it. */
function taskCondition(task: LiveTask): { readonly kind: string; readonly sign: string; readonly words: string } {
  if (task.crashed) return { kind: 'crashed', sign: '⊗', words: 'crashed' };
  if (task.exitedAt !== undefined && task.sigkillAt !== undefined) return { kind: 'killed', sign: '⊗', words: 'killed' };
  if (task.exitedAt !== undefined) return { kind: 'gone', sign: '○', words: 'gone' };
  if (task.fault !== undefined) return { kind: 'sick', sign: '!', words: `sick (${task.fault})` };
  if (task.listenerClosedAt !== undefined) return { kind: 'closed', sign: '◌', words: 'stopped listening' };
  if (task.sigtermAt !== undefined) return { kind: 'draining', sign: '▼', words: 'told to stop, still accepting' };
  if (task.interruptedAt !== undefined) return { kind: 'interrupted', sign: '▽', words: 'taken back' };
  if (task.listeningAt !== undefined) return { kind: 'serving', sign: '●', words: 'serving' };
  return { kind: 'starting', sign: '…', words: 'starting' };
}

function stationClass(kind: LiveTask['marks'][number]['kind'] | undefined, text: string): string {
  if (kind === 'signal') return text === 'SIGKILL' ? 'killed' : 'sigterm';
  if (kind === 'exited') return text.startsWith('crashed') ? 'crashed' : 'exited';
  return kind === 'deregistered' ? 'left' : 'other';
}

function lossMarks(losses: readonly { readonly at: number; readonly what: string }[], scale: LiveScale, y: number): readonly Html[] {
  return losses.map(({ at, what }) => html`<rect class="loss" x="${scale.place(at)}" y="${y}" width="2" height="13"><title>${what}</title></rect>`);
}

/** Good answers and all others in lanes of their own, so that they need no colour to be told apart. */
function viewRequests(state: LiveState, scale: LiveScale): Html {
  const { bucketMs, points } = state.series;
  const most = (of: (point: LivePoint) => number): number => points.reduce((high, point) => Math.max(high, of(point)), 1);
  const perSecond = (count: number): string => thousands(Math.round((count * 1000) / bucketMs));
  const bars = (of: (point: LivePoint) => number, high: number, height: number, kind: string): readonly (Html | false)[] =>
    points.map((point) => {
      const from = scale.originAt + point.index * bucketMs;
      const tall = Math.max(1.5, (of(point) / high) * (height - 4));
      return (
        of(point) > 0 &&
        html`<rect
          class="${kind}"
          x="${scale.place(from)}"
          width="${scale.length(from, from + bucketMs * 0.92)}"
          y="${Number((height - tall).toFixed(1))}"
          height="${Number(tall.toFixed(1))}"
          ><title>${of(point)} at ${Math.round((point.index * bucketMs) / 1000)} s</title></rect
        >`
      );
    });
  const lane = (name: string, note: string, of: (point: LivePoint) => number, kind: string, height: number): Html => {
    const high = most(of);
    return html`<div class="lane requests" data-lane="${kind}">
      <div class="lane-name"><b>${name}</b> <span>${note}</span></div>
      <svg class="plot" height="${height}" role="img" aria-label="${name}: at most ${perSecond(high)} a second">
        ${viewGrid(scale, height)}${bars(of, high, height, kind)}
      </svg>
    </div>`;
  };
  const other = points.reduce((sum, point) => sum + point.other, 0);
  return html`${lane('answered well', `per second, highest ${perSecond(points.length === 0 ? 0 : most(({ answered }) => answered))}`, ({ answered }) => answered, 'sent', 46)}${lane('not answered well', `${thousands(other)} so far`, ({ other }) => other, 'sent-lost', 30)}`;
}

/** For the page's script. */
export const LANE_FUNCTIONS = [viewPicture, viewAxis, viewGrid, viewLane, viewRibbon, taskCondition, stationClass, lossMarks, viewRequests] as const;

import { thousands } from '../../verdict/words.ts';
import type { VerdictEvent, WorkEvent } from '../events.ts';
import type { LiveState } from '../state.ts';
import { type Html, html } from './html.ts';

/** Each run's card: how it stands while it goes on, its verdict when that is there. */
export function viewCards(state: LiveState, now: number): Html {
  const { run, earlier, verdict } = state;
  return html`${earlier.map((one) => verdictCard(one.label, one.verdict))}${run !== undefined && (verdict === undefined ? runningCard(state, now) : verdictCard(run.label, verdict))}`;
}

function runningCard(state: LiveState, now: number): Html {
  const { run, load, inFlight, series, phase, work } = state;
  const ended = load?.ended ?? 0;
  const other = ended - (load?.byOutcome['answered'] ?? 0);
  const last = series.points.at(-1);
  const rate = last === undefined ? 0 : ((last.answered + last.other) * 1000) / series.bucketMs;
  return html`<section class="card running ${other > 0 && 'alarm'}" data-verdict="">
    <p class="label"><span>${run?.label}</span><span class="badge">${phaseWords(phase)}</span></p>
    <p class="big"><b class="bad-count">${thousands(other)}</b> <span>of ${thousands(ended)} answers so far were not good</span></p>
    <p class="summary">Which of them are lost, and why, is judged at the end.</p>
    <dl class="facts">
      ${fact('time', `${Math.floor(Math.max(0, now - (run?.at ?? now)) / 1000)} s`)}${fact('sent', thousands(load?.sent ?? 0))}${fact('under way', thousands(inFlight ?? 0))}${fact('ended per second', thousands(rate))}${work !== undefined && workFacts(work)}
    </dl>
  </section>`;
}

function verdictCard(label: string, verdict: VerdictEvent): Html {
  const { requests, work, summary, tone, words, blame, report } = verdict;
  return html`<section class="card ${tone}" data-verdict="${verdict.verdict}">
    <p class="label"><span>${label}</span><span class="badge">${words}</span></p>
    ${requests !== undefined && html`<p class="big"><b class="lost-count">${thousands(requests.lost)}</b> <span>of ${thousands(requests.total)} requests lost</span></p>`}
    ${work !== undefined && html`<p class="big"><b class="work-count">${thousands(work.lost + work.doubled)}</b> <span>of ${thousands(work.expected)} pieces of work lost or doubled</span></p>`}
    <p class="summary">${summary.split('\n').map((line, index) => (index === 0 ? line : html`<br />${line}`))}</p>
    ${
      blame.length > 0 &&
      html`<ul class="causes">
        ${blame.map(({ count, sentence, fix }, index) => html`<li><b>${thousands(count)}</b> ${sentence}${fix !== undefined && blame.findIndex((other) => other.fix === fix) === index && html` <span class="fix">${fix}</span>`}</li>`)}
      </ul>`
    }
    ${report !== undefined && html`<p class="summary muted">The whole report: <code>${report}</code></p>`}
  </section>`;
}

function workFacts({ expected, done, doubled, absorbed }: WorkEvent): readonly Html[] {
  return [
    fact('work done', `${thousands(done)} of ${thousands(expected)}`),
    fact('work doubled', thousands(doubled)),
    fact('repeats absorbed', thousands(absorbed)),
  ];
}

function fact(name: string, value: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function phaseWords(phase: string | undefined): string {
  if (phase === 'starting') return 'Starting tasks';
  if (phase === 'health') return 'First health checks';
  if (phase === 'control') return 'Control phase';
  if (phase === 'interruption') return 'Interruption phase';
  if (phase === 'finishing') return 'Last answers';
  if (phase === 'work') return 'Open work';
  if (phase === 'stopping') return 'Clearing away';
  return phase ?? 'Beginning';
}

/** What each balancer node thinks of each task, in words with a sign. */
export function viewTargets(state: LiveState): Html {
  const { tasks, nodes } = state;
  if (nodes.length === 0) return html`<p class="muted">No node has looked at a target yet.</p>`;
  const known = tasks.filter(({ health }) => Object.keys(health).length > 0);
  return html`<table>
    <thead>
      <tr>
        <th scope="col">task</th>
        ${nodes.map((node) => html`<th scope="col">${node}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${known.map(
        ({ id, health }) =>
          html`<tr data-target="${id}">
            <th scope="row">${id}</th>
            ${nodes.map((node) => html`<td class="health ${health[node]?.state ?? 'unknown'}">${healthWords(health[node])}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function healthWords(health: LiveState['tasks'][number]['health'][string] | undefined): string {
  if (health === undefined) return '–';
  const signs: Readonly<Record<string, string>> = { healthy: '●', unhealthy: '⊗', draining: '▼', initial: '…', unused: '○' };
  return `${signs[health.state] ?? '?'} ${health.state}${health.state === 'unhealthy' && health.reason !== undefined ? ` (${health.reason})` : ''}`;
}

/** How requests ended so far. */
export function viewOutcomes({ load, verdict }: LiveState): Html {
  const rows = Object.entries(verdict?.byOutcome ?? load?.byOutcome ?? {}).filter(([, count]) => count > 0);
  if (rows.length === 0) return html`<p class="muted">No request has ended yet.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">outcome</th>
        <th scope="col">requests</th>
      </tr>
    </thead>
    <tbody>
      ${rows
        .toSorted((a, b) => b[1] - a[1])
        .map(
          ([outcome, count]) =>
            html`<tr data-outcome="${outcome}">
              <td>${outcome === 'answered' ? '●' : '⊗'} ${outcome}</td>
              <td>${thousands(count)}</td>
            </tr>`,
        )}
    </tbody>
  </table>`;
}

/** What the capacity controller last thought of each unit. */
export function viewController({ controller, run }: LiveState): Html {
  if (controller.length === 0) return html``;
  const names = [...new Set(controller.flatMap(({ figures }) => Object.keys(figures)))].slice(0, 12);
  return html`<table>
    <thead>
      <tr>
        <th scope="col">unit</th>
        <th scope="col">state</th>
        ${names.map((name) => html`<th scope="col">${name}</th>`)}
        <th scope="col">decisions</th>
        <th scope="col">latest</th>
      </tr>
    </thead>
    <tbody>
      ${controller.map(
        (unit) =>
          html`<tr data-unit="${unit.unit}">
            <th scope="row">${unit.unit}</th>
            <td><b>${unit.state ?? '–'}</b></td>
            ${names.map((name) => html`<td>${unit.figures[name] === undefined ? '–' : thousands(unit.figures[name])}</td>`)}
            <td>${thousands(unit.decisions)}</td>
            <td>${((unit.at - (run?.at ?? unit.at)) / 1000).toFixed(1)} s</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** The newest first. */
export function viewLines({ lines, lineCount, run }: LiveState): Html {
  if (lines.length === 0) return html`<p class="muted">Nothing yet.</p>`;
  const left = lineCount - lines.length;
  return html`<ol class="lines">
      ${lines
        .toReversed()
        .map(
          ({ at, who, text, tone }) =>
            html`<li class="${tone}">
              <span class="when">${((at - (run?.at ?? at)) / 1000).toFixed(1)} s</span> <b>${who}</b> <span>${tone === 'bad' && '⊗ '}${text}</span>
            </li>`,
        )}
    </ol>
    ${left > 0 && html`<p class="muted">and ${thousands(left)} before</p>`}`;
}

export function viewNotes({ notes }: LiveState): Html {
  return notes.length === 0
    ? html``
    : html`<ul class="warnings">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`;
}

/** For the page's script. */
export const VIEW_FUNCTIONS = [
  viewCards,
  runningCard,
  verdictCard,
  workFacts,
  fact,
  phaseWords,
  viewTargets,
  healthWords,
  viewOutcomes,
  viewController,
  viewLines,
  viewNotes,
] as const;

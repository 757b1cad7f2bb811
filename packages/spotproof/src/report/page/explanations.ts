import type { BlameEntry, LabReport, LossEntry } from '../../verdict/report-document.ts';
import { seconds, thousands } from '../../verdict/words.ts';
import { drainFacts } from '../../verdict/drain-facts.ts';
import { loadBeginsAt } from '../figures.ts';
import { markup, type Markup } from './markup.ts';

/** Why requests were lost, with what to change. */
export function blameSection({ blame }: LabReport): Markup | false {
  return (
    blame.length > 0 &&
    markup`<section><h3>Why</h3><ol class="blame">${blame.map((entry, index) => blameItem(entry, blame.slice(0, index)))}</ol></section>`
  );
}

export function warningSection({ warnings }: LabReport): Markup | false {
  return (
    warnings.length > 0 &&
    markup`<section><h3>Before you believe it</h3><ul class="warnings">${warnings.map((warning) => markup`<li>${withCode(warning)}</li>`)}</ul></section>`
  );
}

export function lossSection(report: LabReport): Markup | false {
  const { losses } = report;
  if (losses.length === 0) return false;
  const all = report.requests.lost + report.requests.lostInControl + report.requests.lostToFaults;
  const cut = losses.length < all ? ` (the first ${thousands(losses.length)} of ${thousands(all)})` : '';
  const table = markup`<div class="scroll" tabindex="0"><table class="lost"><thead><tr><th>at</th><th>request</th><th>what the client saw</th><th>task</th><th>node</th><th>retry safe</th><th>id</th></tr></thead>
<tbody>${losses.map((loss) => lossRow(report, loss))}</tbody></table></div>`;
  return markup`<section><details${losses.length <= OPEN_UP_TO && markup` open`}><summary><h3>Lost requests${cut}</h3></summary>${table}</details></section>`;
}

export function tasksSection(report: LabReport): Markup | false {
  const items = report.tasks.flatMap((task) => {
    const drain = drainFacts(task.drainReport);
    if (drain === undefined && task.output.length === 0) return [];
    return [
      markup`<details><summary><b>${task.name}</b> <span>port ${task.port}${drain !== undefined && drain.summary !== '' && ` · drain: ${drain.summary}`}</span></summary><pre>${task.output.join('\n')}</pre></details>`,
    ];
  });
  return items.length > 0 && markup`<section class="stack"><h3>What the tasks said</h3>${items}</section>`;
}

/** How it was done. Of a comparison, the first of the two runs: they differ in the protection only. */
export function runSection(input: { readonly report: LabReport; readonly repeat: string; readonly protection: string }): Markup {
  const { repeat, protection } = input;
  const { run, startedAt, durationMs, spotproofVersion } = input.report;
  const rows = [
    ['command', run.command.join(' ')],
    ['protected', protection],
    ['tasks', `${run.tasks}${run.pidNamespaces ? ', each the first process of its PID namespace' : ', without PID namespaces'}`],
    ['load', `${run.ratePerSecond} requests/s, ${seconds(run.controlMs)} of control phase`],
    ['stop timeout', seconds(run.stopTimeoutMs)],
    [
      'deregistration',
      `${run.deregistration}${run.profile === 'custom' ? '' : ` (profile ${run.profile})`}, delay ${seconds(run.deregistrationDelayMs)}`,
    ],
    ['health check', run.healthCheck],
    ['balancer nodes', String(run.nodes)],
    ['seed', String(run.seed)],
    ['started', `${startedAt}, took ${seconds(durationMs)}, spotproof ${spotproofVersion}`],
  ] as const;
  return markup`<section><h3>The run</h3><dl class="run">${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl><p class="again">To repeat it: <code>${repeat}</code></p></section>`;
}

function blameItem(entry: BlameEntry, before: readonly BlameEntry[]): Markup {
  const fix = before.some((other) => other.fix === entry.fix) ? undefined : entry.fix;
  return markup`<li><b class="amount">${thousands(entry.count)}</b><div><p>${withCode(entry.sentence)}${entry.phase === 'control' && markup` <span class="muted">(control phase)</span>`}</p>${fix !== undefined && markup`<p class="fix"><b>Fix</b> ${withCode(fix)}</p>`}</div></li>`;
}

function lossRow(report: LabReport, loss: LossEntry): Markup {
  const task = report.tasks.find(({ id }) => id === loss.taskId)?.name ?? loss.taskId ?? '–';
  const saw = `${loss.outcome}${loss.status === undefined ? '' : ` ${loss.status}`}${loss.detail === undefined ? '' : ` · ${loss.detail}`}`;
  return markup`<tr><td>${((loss.at - loadBeginsAt(report)) / 1000).toFixed(2)} s${loss.phase === 'control' && ' (control)'}</td><td>${loss.name}</td><td>${saw}</td><td>${task}</td><td>${loss.node}</td><td>${loss.safeToRetry ? 'yes' : markup`<em>no</em>`}</td><td class="id">${loss.id}</td></tr>`;
}

/** What stands between backticks is code. */
function withCode(text: string): readonly (Markup | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : part));
}

const OPEN_UP_TO = 12;

import type { LabReport } from '../../verdict/report-document.ts';
import { seconds, thousands } from '../../verdict/words.ts';
import { connectionPhrases } from '../connections.ts';
import { latencyCell, longestExitMs, VERDICT_WORDS } from '../figures.ts';
import { markup, type Markup } from './markup.ts';

/** The verdict as a number that can be read across a room, with the few figures beside it that put it into place. */
export function headline(report: LabReport, label: string | undefined): Markup {
  const { requests, latency, verdict, work } = report;
  const judged = verdict === 'clean' || verdict === 'contained' || verdict === 'lost' || verdict === 'killed';
  const exitMs = longestExitMs(report);
  return markup`<section class="card ${toneOf(report)}" data-verdict="${verdict}">
<p class="label">${label !== undefined && markup`<span>${label}</span>`}<span class="badge">${VERDICT_WORDS[verdict]}</span></p>
${judged && markup`<p class="big"><b class="lost-count">${thousands(requests.lost)}</b> <span>of ${thousands(requests.total)} requests lost</span></p>`}
${judged && work !== undefined && markup`<p class="big"><b class="work-count">${thousands(work.lost + work.doubled)}</b> <span>of ${thousands(work.expected)} pieces of work lost or done more than once</span></p>`}
<p class="summary">${report.summary.split('\n').map((line, index) => (index === 0 ? line : markup`<br>${line}`))}</p>
${
  requests.total > 0 &&
  markup`<dl class="facts">
${fact('lost even with one retry', thousands(requests.lostWithOneRetry), requests.lostWithOneRetry > 0)}
${fact('lost before, in the control phase', thousands(requests.lostInControl), requests.lostInControl > 0)}
${report.connections.map((connection) => {
  const { label, phrases } = connectionPhrases(connection);
  return fact(label, phrases.filter((phrase) => phrase !== '').join(' · '), connection.cut > 0);
})}
${report.faults.length > 0 && fact('lost to planted faults, within the bound', thousands(requests.lostToFaults), false)}
${fact(
  'longest exit after SIGTERM',
  exitMs === undefined ? '–' : seconds(exitMs),
  report.tasks.some(({ killed }) => killed),
)}
${fact('p99, control → interruption', latency.valid ? `${latencyCell(latency.control?.p99Ms, true)} → ${latencyCell(latency.interruption?.p99Ms, true)}` : 'void', false)}
</dl>`
}</section>`;
}

function fact(name: string, value: string, isBad: boolean): Markup {
  return markup`<div><dt>${name}</dt><dd${isBad && markup` class="bad"`}>${value}</dd></div>`;
}

function toneOf({ verdict }: LabReport): 'good' | 'bad' | 'doubtful' {
  if (verdict === 'clean' || verdict === 'contained') return 'good';
  return verdict === 'lost' || verdict === 'app-failed' ? 'bad' : 'doubtful';
}

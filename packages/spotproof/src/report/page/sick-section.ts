import type { LabReport } from '../../verdict/report-document.ts';
import { seconds, thousands } from '../../verdict/words.ts';
import { loadBeginsAt } from '../figures.ts';
import { markup, type Markup } from './markup.ts';

/** The tasks that were made sick: how long traffic went on going to them, and what it cost. */
export function sickSection(report: LabReport): Markup | false {
  const { faults } = report;
  if (faults.length === 0) return false;
  const names = [...new Set(faults.flatMap(({ stopped }) => stopped.map(({ node }) => node)))].toSorted();
  const head = [
    'task',
    'fault',
    'began',
    ...names.map((node) => `${node} stopped after`),
    'bound',
    'kept',
    'still sent',
    'of these lost',
    'replaced by',
  ];
  return markup`<section><h3>Sick tasks</h3><div class="scroll" tabindex="0"><table class="lost sick"><thead><tr>${head.map((name) => markup`<th>${name}</th>`)}</tr></thead>
<tbody>${faults.map((fault) => markup`<tr data-fault="${fault.kind}" data-bound="${fault.bound}">${cells(report, fault, names).map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>
<ul class="warnings">${faults.map(({ summary }) => markup`<li>${summary}</li>`)}</ul></section>`;
}

function cells(report: LabReport, fault: LabReport['faults'][number], names: readonly string[]): readonly string[] {
  const stopOf = (node: string): string => {
    const stop = fault.stopped.find((one) => one.node === node);
    return stop === undefined ? '–' : stop.afterMs === undefined ? 'never' : seconds(stop.afterMs);
  };
  return [
    fault.taskId,
    fault.kind,
    seconds(fault.beganAt - loadBeginsAt(report)),
    ...names.map(stopOf),
    seconds(fault.boundMs),
    BOUND_WORDS[fault.bound],
    thousands(fault.sent),
    thousands(fault.sent - (fault.byOutcome.answered ?? 0)),
    fault.replacedBy ?? '–',
  ];
}

const BOUND_WORDS = {
  kept: 'yes',
  broken: 'NO',
  'not-needed': 'over before',
  unnoticed: 'unnoticed',
  'cut-short': 'not tested',
} as const satisfies Record<LabReport['faults'][number]['bound'], string>;

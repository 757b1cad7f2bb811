import type { LabReport, TaskReport } from '../verdict/report-document.ts';
import { count, seconds, thousands } from '../verdict/words.ts';
import { connectionPhrases } from './connections.ts';
import { createPaint, printable, wrap, type Paint } from './ansi.ts';
import { fateWords, workPhrases } from './work.ts';
import { latencyCell, longestExitMs, repeatOfComparison, stationsOf, VERDICT_WORDS } from './figures.ts';

export interface Look {
  readonly color: boolean;
  /** Columns of the terminal. Used between 72 and 120. */
  readonly width: number;
}

/** One report for the terminal: what happened, why, and how to see it again. Ends with a line break. */
export function renderText(report: LabReport, look: Look): string {
  const page = pageOf(look);
  const ran = report.requests.total > 0;
  return join([
    headline(report, page),
    ran ? [...requestLines(report, page), ...connectionLines(report, page), ...latencyLines(report, page)] : [],
    ran ? taskLines(report, page) : outputOfFailure(report, page),
    faultLines(report, page),
    ran ? workLines(report, page) : [],
    blameLines(report, page),
    warningLines(report.warnings, page),
    [field('again', page.paint.dim(printable(report.run.repeat)))],
  ]);
}

/** The same app without and with protection, side by side. Ends with a line break. */
export function renderComparison(plain: LabReport, guarded: LabReport, look: Look): string {
  const page = pageOf(look);
  const { paint } = page;
  const labelWidth = 24;
  const column = Math.floor((page.width - labelWidth - 2) / 2);
  const row = (label: string, left: string, right: string, tone: (text: string, report: LabReport) => string = same): string =>
    `  ${label.padEnd(labelWidth)}${tone(left.padEnd(column), plain)}${tone(right, guarded)}`.trimEnd();
  const figure = (label: string, read: (report: LabReport) => string, tone?: (text: string, report: LabReport) => string): string =>
    row(label, read(plain), read(guarded), tone);
  const verdictTone = (text: string, report: LabReport): string => paint.bold(toneOf(report, paint)(text));
  const lostTone = (text: string, report: LabReport): string => (report.requests.lost > 0 ? paint.bold(paint.red(text)) : paint.green(text));
  const p99 = (phase: 'control' | 'interruption') => (report: LabReport) => latencyCell(report.latency[phase]?.p99Ms, report.latency.valid);
  return join([
    [
      row('', paint.dim('as it is'.padEnd(column)), paint.dim('with --protect')),
      figure('verdict', (report) => VERDICT_WORDS[report.verdict].toUpperCase(), verdictTone),
      figure('lost', (report) => `${thousands(report.requests.lost)} of ${thousands(report.requests.total)}`, lostTone),
      figure('lost with one retry', (report) => thousands(report.requests.lostWithOneRetry)),
      ...(plain.work === undefined || guarded.work === undefined
        ? []
        : [
            figure('work lost', ({ work }) => `${thousands(work?.lost ?? 0)} of ${thousands(work?.expected ?? 0)}`),
            figure('work done twice', ({ work }) => thousands(work?.doubled ?? 0)),
          ]),
      figure('lost in control phase', (report) => thousands(report.requests.lostInControl)),
      figure('SIGKILLed', (report) => String(report.tasks.filter(({ killed }) => killed).length)),
      figure('exit after SIGTERM', (report) => {
        const ms = longestExitMs(report);
        return ms === undefined ? '–' : seconds(ms);
      }),
      figure('p99 before', p99('control')),
      figure('p99 in interruption', p99('interruption')),
    ],
    ...[plain, guarded].flatMap((report, index) => {
      const blame = blameLines(report, page);
      const label = index === 0 ? 'As it is' : 'With --protect';
      return [wrap(`${label}: ${printable(report.summary)}`, page.width - 2).map((line) => `  ${line}`), ...(blame.length === 0 ? [] : [blame])];
    }),
    warningLines(sharedWarnings(plain, guarded), page),
    [field('again', paint.dim(printable(repeatOfComparison(plain))))],
  ]);
}

interface Page {
  readonly paint: Paint;
  readonly width: number;
}

function pageOf({ color, width }: Look): Page {
  return { paint: createPaint(color), width: Math.max(72, Math.min(120, width)) };
}

function headline(report: LabReport, { paint, width }: Page): readonly string[] {
  const word = VERDICT_WORDS[report.verdict].toUpperCase();
  const tone =
    report.verdict === 'clean' || report.verdict === 'contained'
      ? 'good'
      : report.verdict === 'lost' || report.verdict === 'app-failed'
        ? 'bad'
        : 'doubtful';
  // A failure to start may have several lines, and its line breaks mean something.
  const lines = report.summary.split('\n').flatMap((line) => wrap(printable(line), width - word.length - 6));
  const indent = ' '.repeat(word.length + 6);
  return lines.map((line, index) => (index === 0 ? `  ${paint.badge(word, tone)}  ${paint.bold(line)}` : `${indent}${line}`));
}

function requestLines({ requests, run }: LabReport, { paint, width }: Page): readonly string[] {
  const parts = [
    `${thousands(requests.total)} sent at ${run.ratePerSecond}/s`,
    `${thousands(requests.answered)} answered`,
    requests.lost === 0 ? paint.green('0 lost') : paint.bold(paint.red(`${thousands(requests.lost)} lost`)),
    requests.lost === 0 ? '' : `${thousands(requests.lostWithOneRetry)} even with one retry`,
    requests.lostToFaults === 0 ? '' : paint.yellow(`${thousands(requests.lostToFaults)} lost to planted faults`),
    requests.lostInControl === 0 ? '' : paint.yellow(`${thousands(requests.lostInControl)} lost before, in the control phase`),
    requests.tolerated === 0 ? '' : count(requests.tolerated, 'ordinary error answer'),
    requests.repeated === 0 ? '' : `${thousands(requests.repeated)} sent more than once`,
  ];
  const classes = Object.entries(requests.byClass)
    .filter(([outcome]) => outcome !== 'answered')
    .toSorted(([, a], [, b]) => b - a)
    .map(([outcome, n]) => `${thousands(n)} ${outcome}`);
  return [
    ...inLines(parts, width - INDENT).map((line, index) => field(index === 0 ? 'requests' : '', line)),
    ...inLines(classes, width - INDENT).map((line) => field('', paint.dim(line))),
  ];
}

function connectionLines({ connections }: LabReport, { width }: Page): readonly string[] {
  return connections.flatMap((connection) => {
    const { label, phrases } = connectionPhrases(connection);
    return inLines(phrases, width - INDENT).map((line, index) => field(index === 0 ? label : '', line));
  });
}

function latencyLines({ latency }: LabReport, { paint }: Page): readonly string[] {
  // Only connections that stay open: they have none.
  if (latency.control === undefined && latency.interruption === undefined) return [];
  const cells = (of: LabReport['latency']['control']): string =>
    [of?.p50Ms, of?.p90Ms, of?.p99Ms, of?.maxMs].map((ms) => latencyCell(ms, latency.valid).padStart(11)).join('');
  const head = ['p50', 'p90', 'p99', 'max'].map((name) => name.padStart(11)).join('');
  return [
    field('latency', paint.dim(`${' '.repeat(13)}${head}`)),
    field('', `${'control'.padEnd(13)}${cells(latency.control)}`),
    field('', `${'interruption'.padEnd(13)}${cells(latency.interruption)}`),
  ];
}

function taskLines(report: LabReport, { paint, width }: Page): readonly string[] {
  return report.tasks.flatMap((task, index) => {
    const name = task.name.padEnd(8);
    const figures = `served ${thousands(task.served)}${task.lost === 0 ? '' : ` · ${paint.bold(paint.red(`lost ${thousands(task.lost)}`))}`}`;
    const role = task.replaces === undefined ? '' : paint.dim(` · replaces ${nameOf(report, task.replaces)}`);
    const way = stationsOf(report, task).map(({ what, when }) => `${what} ${when}`);
    const lines = wrap(way.join(' → ').replaceAll(' ', '\u00A0').replaceAll('\u00A0→\u00A0', ' → '), width - INDENT - 9).map((line) =>
      line.replaceAll('\u00A0', ' '),
    );
    return [
      field(index === 0 ? 'tasks' : '', `${paint.bold(name)} ${figures}${role}`),
      ...lines.map((line) => field('', `         ${paintWay(line, task, paint)}`)),
    ];
  });
}

function paintWay(line: string, task: TaskReport, paint: Paint): string {
  return task.killed || task.crashed ? line.replace(/(SIGKILL|ended by itself)[^→]*$/, (end) => paint.red(end)) : line;
}

function outputOfFailure(report: LabReport, { paint }: Page): readonly string[] {
  const task = report.tasks.find(({ output }) => output.length > 0);
  const last = task?.output.findLast((line) => line.trim() !== '')?.trim();
  // Most failures to start end with these lines themselves.
  if (task === undefined || last === undefined || report.summary.includes(last)) return [];
  return task.output.slice(-10).map((line, index) => field(index === 0 ? 'output' : '', paint.dim(printable(line).trimEnd())));
}

function faultLines({ faults }: LabReport, { paint, width }: Page): readonly string[] {
  return faults.flatMap(({ summary, bound }, index) =>
    wrap(printable(summary), width - INDENT).map((line, at) =>
      field(index === 0 && at === 0 ? 'sick' : '', bound === 'broken' ? paint.red(line) : line),
    ),
  );
}

function workLines(report: LabReport, { paint, width }: Page): readonly string[] {
  const { work } = report;
  if (work === undefined) return [];
  const isBad = work.lost + work.doubled > 0;
  const pieces = work.pieces.slice(0, MOST_PIECES).flatMap((piece) => wrap(`${printable(piece.work)}: ${fateWords(report, piece)}`, width - INDENT));
  const fixes = work.fixes.flatMap((fix) => wrap(fix, width - INDENT - 5).map((line, at) => `${paint.green(at === 0 ? 'fix  ' : '     ')}${line}`));
  return [
    ...inLines(workPhrases(work), width - INDENT).map((line, index) => field(index === 0 ? 'work' : '', isBad ? paint.red(line) : line)),
    ...[...pieces, ...fixes].map((line) => field('', line)),
  ];
}

function blameLines({ blame }: LabReport, { paint, width }: Page): readonly string[] {
  return blame.slice(0, MOST_BLAME).flatMap((entry, index) => {
    const amount = `${thousands(entry.count)} × `;
    const sentence = `${amount}${printable(entry.sentence)}${entry.phase === 'control' ? ' (control phase)' : ''}`;
    const [first = '', ...rest] = wrap(sentence, width - INDENT);
    const saidAlready = blame.slice(0, index).some(({ fix }) => fix === entry.fix);
    const fix = entry.fix === undefined || saidAlready ? [] : wrap(printable(entry.fix), width - INDENT - 5);
    return [
      field(index === 0 ? 'why' : '', `${paint.bold(paint.red(amount.trim()))}${first.slice(amount.length - 1)}`),
      ...rest.map((line) => field('', line)),
      ...fix.map((line, at) => field('', `${paint.green(at === 0 ? 'fix  ' : '     ')}${line}`)),
    ];
  });
}

function warningLines(warnings: readonly string[], { paint, width }: Page): readonly string[] {
  return warnings.flatMap((warning, index) =>
    wrap(printable(warning), width - INDENT - 2).map((line, at) =>
      field(index === 0 && at === 0 ? 'note' : '', `${paint.yellow(at === 0 ? '! ' : '  ')}${line}`),
    ),
  );
}

/** A warning that both runs share is about the set-up: said once. */
function sharedWarnings(plain: LabReport, guarded: LabReport): readonly string[] {
  const both = plain.warnings.filter((warning) => guarded.warnings.includes(warning));
  return [
    ...both,
    ...plain.warnings.filter((warning) => !both.includes(warning)).map((warning) => `As it is: ${warning}`),
    ...guarded.warnings.filter((warning) => !both.includes(warning)).map((warning) => `With --protect: ${warning}`),
  ];
}

function toneOf(report: LabReport, paint: Paint): (text: string) => string {
  if (report.verdict === 'clean' || report.verdict === 'contained') return paint.green;
  return report.verdict === 'lost' || report.verdict === 'app-failed' ? paint.red : paint.yellow;
}

function nameOf(report: LabReport, taskId: string): string {
  return report.tasks.find(({ id }) => id === taskId)?.name ?? taskId;
}

function field(label: string, text: string): string {
  return `  ${label.padEnd(INDENT - 2)}${text}`.trimEnd();
}

/** Phrases, some of them painted, with dots between, broken between phrases. */
function inLines(phrases: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const phrase of phrases.filter((one) => one !== '')) {
    const longer = `${lines.at(-1) ?? ''} · ${phrase}`;
    if (lines.length > 0 && printable(longer).length <= width) lines[lines.length - 1] = longer;
    else lines.push(phrase);
  }
  return lines;
}

function same(text: string): string {
  return text;
}

function join(sections: readonly (readonly string[])[]): string {
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n')}\n`;
}

const INDENT = 12;
const MOST_PIECES = 8;
/** The page has them all. */
const MOST_BLAME = 12;

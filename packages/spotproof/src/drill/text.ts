import { createPaint, printable, wrap, type Paint } from '../report/ansi.ts';
import type { Look } from '../report/text.ts';
import { count, list, seconds } from '../verdict/words.ts';
import type { DrilledTask, DrillReport, DrillVerdict, Finding, Replacement } from './report-document.ts';

/** A drill for the terminal: what happened to each task, why, and what it does not show. Times count from the first stop. Ends with a line break. */
export function renderDrill(report: DrillReport, look: Look): string {
  const page: Page = { paint: createPaint(look.color), width: Math.max(72, Math.min(120, look.width)) };
  return `${[
    headline(report, page),
    [...serviceLines(report, page), ...loadLines(report, page)],
    taskLines(report, page),
    report.findings.flatMap((finding, index) => findingLines(finding, index, page)),
    report.limits.flatMap((limit, index) => paragraph(index === 0 ? 'not shown' : '', `· ${limit}`, page, page.paint.dim)),
  ]
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n')}\n`;
}

interface Page {
  readonly paint: Paint;
  readonly width: number;
}

function headline({ verdict, summary }: DrillReport, { paint, width }: Page): readonly string[] {
  const word = verdict.toUpperCase();
  return wrap(printable(summary), width - word.length - 6).map((line, index) =>
    index === 0 ? `  ${paint.badge(word, TONES[verdict])}  ${paint.bold(line)}` : `${' '.repeat(word.length + 6)}${line}`,
  );
}

function serviceLines({ service, plan, strength, events }: DrillReport, page: Page): readonly string[] {
  const facts = [
    `${service.cluster}/${service.name}`,
    `${strength.before} of ${service.desiredCount} serving`,
    `${service.spotTasks} on Spot`,
    ...service.deregistrationDelays.map((group) => `deregistration delay ${group.seconds} s`),
    ...service.stopTimeouts.map(({ container, seconds: s }) => `stop timeout of ${container} ${s} s`),
  ];
  const waves = plan.waves === 1 ? 'one wave' : `${plan.waves} waves, ${seconds(plan.intervalMs)} apart`;
  const eventFacts = events.watched
    ? `${count(events.received, 'event')} received, ${events.tasksToldOf} of the stopped tasks told of${events.slowestMs === undefined ? '' : `, the slowest after ${seconds(events.slowestMs)}`}`
    : 'not watched';
  return [
    ...paragraph('service', facts.join(' · '), page),
    ...paragraph('plan', `${plan.count === 'all' ? 'all tasks' : count(plan.count, 'task')} in ${waves}`, page),
    ...paragraph('events', eventFacts, page),
  ];
}

function loadLines({ load }: DrillReport, page: Page): readonly string[] {
  if (!load.driven) return paragraph('requests', `not counted: ${load.why}`, page);
  const parts = [
    `${count(load.sent, 'request')} to ${load.url} at ${load.ratePerSecond}/s`,
    `${load.answered} answered`,
    `${load.lost} lost`,
    ...(load.lostBefore === 0 ? [] : [`${load.lostBefore} lost before the first stop`]),
  ];
  return paragraph('requests', parts.join(' · '), page, load.lost > 0 ? page.paint.red : undefined);
}

function taskLines(report: DrillReport, page: Page): readonly string[] {
  const first = Math.min(...report.tasks.map(({ stopRequestedAt }) => stopRequestedAt));
  const shown = report.tasks.slice(0, MOST_TASKS);
  const lines = shown.flatMap((task, index) => {
    const replacement = report.replacements.find(({ id }) => id === task.replacement);
    return [
      ...paragraph(index === 0 ? 'tasks' : '', `${task.id} ${wayOf(task, first)}`, page, task.killed ? page.paint.red : undefined),
      ...(replacement === undefined ? [] : paragraph('', `→ ${replacement.id} ${wayOfReplacement(replacement, first)}`, page, page.paint.dim)),
    ];
  });
  return report.tasks.length > MOST_TASKS
    ? [...lines, ...paragraph('', `and ${report.tasks.length - MOST_TASKS} more: --json has them`, page)]
    : lines;
}

function wayOf(task: DrilledTask, first: number): string {
  const by = task.firstToDeregister;
  const stations: readonly (readonly [string, number | undefined])[] = [
    ['stop asked', task.stopRequestedAt],
    [by === 'aws' || by === 'controller' ? `draining (${by === 'aws' ? 'AWS' : 'the controller'} was first)` : 'draining', task.drainingAt],
    [task.eventDeliveries > 1 ? `event (${task.eventDeliveries} in all)` : 'event', task.eventSeenAt],
    ['SIGTERM', task.stoppingAt],
    [`stopped (${exits(task)})`, task.stoppedAt],
  ];
  return way(stations, first);
}

function wayOfReplacement({ firstSeenAt, runningAt, healthyAt, failed }: Replacement, first: number): string {
  const text = way(
    [
      ['started', firstSeenAt],
      ['running', runningAt],
      ['healthy', healthyAt],
    ],
    first,
  );
  return failed === undefined ? text : `${text} → stopped again`;
}

function way(stations: readonly (readonly [string, number | undefined])[], first: number): string {
  return stations
    .flatMap(([what, at]) => (at === undefined ? [] : [{ what, at: at - first }]))
    .toSorted((one, other) => one.at - other.at)
    .map(({ what, at }) => `${what} ${seconds(at)}`)
    .join(' → ');
}

function exits({ containers }: DrilledTask): string {
  const codes = containers.map(({ name, exitCode }) => (containers.length === 1 ? `exit ${exitCode ?? '?'}` : `${name} exit ${exitCode ?? '?'}`));
  return codes.length === 0 ? 'exit ?' : list(codes);
}

function findingLines({ severity, diagnosis, cause, fix }: Finding, index: number, page: Page): readonly string[] {
  const { paint } = page;
  return [
    ...paragraph(index === 0 ? 'found' : '', diagnosis, page, severity === 'problem' ? paint.red : paint.yellow),
    ...paragraph('', `cause: ${cause}`, page),
    ...paragraph('', `fix: ${fix}`, page, paint.green),
  ];
}

/** Text beside a label; broken before it is painted. */
function paragraph(label: string, text: string, { width }: Page, paint: (text: string) => string = (same) => same): readonly string[] {
  return wrap(printable(text), width - INDENT).map((line, index) => `  ${(index === 0 ? label : '').padEnd(INDENT - 2)}${paint(line)}`);
}

const TONES: Readonly<Record<DrillVerdict, 'good' | 'bad' | 'doubtful'>> = {
  kept: 'good',
  lost: 'bad',
  weakened: 'bad',
  cancelled: 'doubtful',
  void: 'doubtful',
};
const INDENT = 13;
const MOST_TASKS = 25;

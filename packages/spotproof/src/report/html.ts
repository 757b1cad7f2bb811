import type { LabReport } from '../verdict/report-document.ts';
import { repeatOfComparison } from './figures.ts';
import { sickSection } from './page/sick-section.ts';
import { blameSection, lossSection, runSection, tasksSection, warningSection } from './page/explanations.ts';
import { headline } from './page/headline.ts';
import { latencyScale } from './page/latency-lane.ts';
import { workSection } from './page/work-section.ts';
import { embeddedJson, markup, Markup } from './page/markup.ts';
import { legend, picture, type PictureScales } from './page/picture.ts';
import { STYLE } from './page/style.ts';
import { timeAxis } from './page/time-axis.ts';

/**
 * The report as one page that needs nothing else: no script, no font, no request. The document itself is in the element `#spotproof-report`, for machines.
 * Of two reports the first is the app as it is and the second the same app protected; they share one time axis.
 */
export function renderHtml(report: LabReport | readonly [plain: LabReport, guarded: LabReport]): string {
  const reports: readonly LabReport[] = isPair(report) ? report : [report];
  const labels: readonly (string | undefined)[] = isPair(report) ? ['As it is', 'With Spotproof'] : [undefined];
  const document = isPair(report) ? { schema: 'spotproof.lab-comparison/1', plain: report[0], protected: report[1] } : report;
  const scales = scalesOf(reports);
  const [first] = reports;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><link rel="icon" href="data:,">
<title>Spotproof: ${first?.summary ?? 'no report'}</title><style>${new Markup(STYLE)}</style></head>
<body><main>
<header><h1>Spotproof lab</h1><p><code>${first?.run.command.join(' ') ?? ''}</code></p></header>
<div class="cards">${reports.map((one, index) => headline(one, labels[index]))}</div>
${reports.map((one, index) => one.requests.total > 0 && markup`${heading(labels[index])}${picture(one, scales)}`)}
${reports.some((one) => one.requests.total > 0) && legend()}
${reports.map((one, index) => chapter(one, labels[index]))}
${runSection(describeRun(report))}
</main><script type="application/json" id="spotproof-report">${embeddedJson(document)}</script></body></html>
`;
  return page.text;
}

function heading(label: string | undefined): Markup | false {
  return label !== undefined && markup`<h2>${label}</h2>`;
}

function describeRun(report: LabReport | readonly [LabReport, LabReport]): Parameters<typeof runSection>[0] {
  if (isPair(report)) {
    return { report: report[0], repeat: repeatOfComparison(report[0]), protection: 'the second of the two runs, by @spotproof/runtime/auto' };
  }
  return { report, repeat: report.run.repeat, protection: report.run.protected ? 'yes, by @spotproof/runtime/auto' : 'no' };
}

/** The words to the picture; a run without losses and warnings needs few. */
function chapter(report: LabReport, label: string | undefined): Markup {
  const sections = [
    sickSection(report),
    workSection(report),
    blameSection(report),
    warningSection(report),
    lossSection(report),
    tasksSection(report),
  ];
  return markup`<article>${sections.some((section) => section !== false) && heading(label)}${sections}</article>`;
}

function scalesOf(reports: readonly LabReport[]): PictureScales {
  const most = (values: readonly number[]): number => values.reduce((high, value) => Math.max(high, value), 1);
  return {
    axis: timeAxis(reports),
    latency: latencyScale(reports),
    mostTraffic: most(reports.flatMap(({ tasks }) => tasks.flatMap(({ traffic }) => traffic.map(({ answered, lost }) => answered + lost)))),
    mostLost: most(reports.flatMap(({ latency }) => latency.series.map(({ lost }) => lost))),
  };
}

function isPair(report: LabReport | readonly [LabReport, LabReport]): report is readonly [LabReport, LabReport] {
  return Array.isArray(report);
}

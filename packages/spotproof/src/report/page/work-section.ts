import type { LabReport } from '../../verdict/report-document.ts';
import { fateWords, workPhrases } from '../work.ts';
import { markup, type Markup } from './markup.ts';

/** What became of the work that the tasks told the sink of. */
export function workSection(report: LabReport): Markup | false {
  const { work, requests } = report;
  if (work === undefined || requests.total === 0) return false;
  const rows = work.pieces.map(
    (piece) => markup`<tr data-fate="${piece.fate}"><td>${piece.work}</td><td>${piece.fate}</td><td>${fateWords(report, piece)}</td></tr>`,
  );
  return markup`<section class="work"><h3>Work</h3><p>${workPhrases(work).join(' · ')}</p>
${work.fixes.map((fix) => markup`<p class="fix"><b>Fix</b> ${fix}</p>`)}
${rows.length > 0 && markup`<div class="scroll" tabindex="0"><table class="lost"><thead><tr><th>work</th><th>fate</th><th>what happened</th></tr></thead><tbody>${rows}</tbody></table></div>`}</section>`;
}

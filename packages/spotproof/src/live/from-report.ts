import { VERDICT_WORDS } from '../report/figures.ts';
import { shortTaskId } from '../task-id.ts';
import type { LabReport } from '../verdict/report-document.ts';
import { MOST_LOSSES, type VerdictEvent } from './events.ts';

/** The end of a run, as the page is told it. */
export function verdictEvent(report: LabReport, at: number, reportPath: string | undefined): VerdictEvent {
  const { verdict, requests, tasks, blame, losses, work } = report;
  const startedAt = Date.parse(report.startedAt);
  const isJudged = verdict === 'clean' || verdict === 'contained' || verdict === 'lost' || verdict === 'killed';
  return {
    type: 'verdict',
    at,
    verdict,
    words: VERDICT_WORDS[verdict],
    tone: toneOf(verdict),
    summary: report.summary.slice(0, MOST_CHARACTERS),
    requests: isJudged ? { lost: requests.lost, total: requests.total } : undefined,
    work: work === undefined || !isJudged ? undefined : { expected: work.expected, lost: work.lost, doubled: work.doubled },
    byOutcome: requests.byClass,
    blame: blame.slice(0, MOST_BLAME).map(({ count, sentence, fix }) => ({ count, sentence, fix })),
    tasks: tasks.map(({ id, served, lost }) => ({ taskId: shortTaskId(id), served, lost })),
    losses: losses.slice(0, MOST_LOSSES).map(({ endedAt, taskId, name, outcome, status }) => ({
      at: startedAt + endedAt,
      taskId: taskId === undefined ? undefined : shortTaskId(taskId),
      what: `${name}: ${outcome}${status === undefined ? '' : ` ${status}`}`,
    })),
    report: reportPath,
  };
}

function toneOf(verdict: LabReport['verdict']): VerdictEvent['tone'] {
  if (verdict === 'clean' || verdict === 'contained') return 'good';
  return verdict === 'lost' || verdict === 'app-failed' ? 'bad' : 'doubtful';
}

const MOST_CHARACTERS = 4000;
const MOST_BLAME = 50;

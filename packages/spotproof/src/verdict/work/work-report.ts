import { Tally, type Piece } from '../../work/tally.ts';
import type { WorkRecord } from '../../work/work-record.ts';
import type { LabRun } from '../lab-run.ts';
import { relative } from '../run-clock.ts';
import type { WorkPiece, WorkReport } from './work-document.ts';
import { fixesOf, summaryOf } from './work-words.ts';

/** Accounts for every piece of work that was ever named: lost, done once, or done again. */
export function workReport(run: LabRun, records: readonly WorkRecord[]): WorkReport {
  const tally = new Tally();
  for (const record of records) tally.take(record);
  const { expected, done, doubled, unexpected, absorbed, refused } = tally.figures;
  const pieces = [...tally.pieces()].flatMap((piece) => troubled(run, piece)).toSorted((a, b) => FATES.indexOf(a.fate) - FATES.indexOf(b.fate));
  const facts: Omit<WorkReport, 'summary' | 'fixes'> = {
    expected,
    done,
    lost: expected - done,
    doubled,
    unexpected,
    absorbed,
    refused,
    waitedMs: Math.round(run.work?.waitedMs ?? 0),
    pieces: pieces.slice(0, MOST_PIECES),
  };
  return { ...facts, summary: summaryOf(facts), fixes: fixesOf(run, facts) };
}

/** A piece that nothing went wrong with is a number only. */
function troubled(run: LabRun, piece: Piece): readonly WorkPiece[] {
  const fate = fateOf(piece);
  if (fate === undefined) return [];
  const { work, expected, done } = piece;
  return [
    {
      work,
      fate,
      expectedAt: expected === undefined ? undefined : relative(run, expected.at),
      expectedBy: expected?.task,
      done: done.slice(0, MOST_EFFECTS).map(({ at, task, key }) => ({ at: relative(run, at), taskId: task, key })),
    },
  ];
}

function fateOf({ expected, done, refused }: Piece): WorkPiece['fate'] | undefined {
  if (done.length > 1) return 'doubled';
  if (expected !== undefined && done.length === 0) return 'lost';
  return refused > 0 ? 'refused' : undefined;
}

const FATES: readonly WorkPiece['fate'][] = ['lost', 'doubled', 'refused'];
const MOST_PIECES = 200;
const MOST_EFFECTS = 20;

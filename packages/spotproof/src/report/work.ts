import type { LabReport } from '../verdict/report-document.ts';
import type { WorkPiece, WorkReport } from '../verdict/work/work-document.ts';
import { seconds, thousands } from '../verdict/words.ts';
import { loadBeginsAt } from './figures.ts';

/** The figures of a run's work in a few words each. */
export function workPhrases({ expected, done, lost, doubled, absorbed, refused, unexpected }: WorkReport): readonly string[] {
  return [
    `${thousands(expected)} accepted`,
    `${thousands(done)} done`,
    `${thousands(lost)} lost`,
    `${thousands(doubled)} done more than once`,
    absorbed === 0 ? '' : `${thousands(absorbed)} repeats absorbed by their keys`,
    refused === 0 ? '' : `${thousands(refused)} refused under the key of other work`,
    unexpected === 0 ? '' : `${thousands(unexpected)} never said to be accepted`,
  ].filter((phrase) => phrase !== '');
}

/** What became of one piece that something went wrong with: `done at 3.2 s by task-1 and at 6 s by task-4`. */
export function fateWords(report: LabReport, { fate, done, expectedAt, expectedBy }: WorkPiece): string {
  const at = (time: number | undefined): string => (time === undefined ? '' : ` at ${seconds(time - loadBeginsAt(report))}`);
  const by = (taskId: string | undefined): string => (taskId === undefined ? '' : ` by ${nameOf(report, taskId)}`);
  const accepted = expectedAt === undefined ? 'never said to be accepted' : `accepted${at(expectedAt)}${by(expectedBy)}`;
  switch (fate) {
    case 'lost':
      return `${accepted}, not done`;
    case 'doubled':
      return `done${done.map((effect) => `${at(effect.at)}${by(effect.taskId)}`).join(' and')}`;
    case 'refused':
      return `${accepted}, asked for under the key of other work`;
  }
}

function nameOf({ tasks }: LabReport, taskId: string): string {
  return tasks.find(({ id }) => id === taskId)?.name ?? taskId;
}

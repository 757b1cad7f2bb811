import type { LabTask } from './lab-run.ts';

/** The line of a task's output that most likely says why it ended: the last that names an error, or else the last at all. */
export function lastWords(task: LabTask): string | undefined {
  return errorWords(task) ?? linesOf(task).at(-1)?.slice(0, MOST_CHARACTERS);
}

/** The last line of a task's output that names an error. */
export function errorWords(task: LabTask): string | undefined {
  return linesOf(task)
    .findLast((line) => /\b(?:\w*error|exception|fatal|panic)\b/i.test(line))
    ?.slice(0, MOST_CHARACTERS);
}

function linesOf(task: LabTask): readonly string[] {
  return task.output.map((line) => line.trim()).filter((line) => line !== '');
}

const MOST_CHARACTERS = 160;

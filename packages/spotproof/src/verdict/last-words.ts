import type { LabTask } from './lab-run.ts';

/** The line of a task's output that most likely says why it ended: the last that names an error, or else the last at all. */
export function lastWords(task: LabTask): string | undefined {
  const lines = task.output.map((line) => line.trim()).filter((line) => line !== '');
  return (lines.findLast((line) => /\b(?:\w*error|exception|fatal|panic)\b/i.test(line)) ?? lines.at(-1))?.slice(0, MOST_CHARACTERS);
}

const MOST_CHARACTERS = 160;

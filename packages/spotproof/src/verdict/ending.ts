import { errorWords } from './last-words.ts';
import type { LabTask } from './lab-run.ts';

/** `exited`, `exited (code 1)`, `was ended by SIGSEGV` or `was SIGKILLed`. */
export function endingOf(task: LabTask): string {
  if (task.killed) return 'was SIGKILLed';
  if (task.exitSignal !== undefined) return `was ended by ${task.exitSignal}`;
  return isOrderly(task) ? 'exited' : `exited (code ${task.exitCode ?? 'unknown'})`;
}

/** It ended by itself, and as programs end when something went wrong. */
export function endedBadly(task: LabTask): boolean {
  return task.exitedAt !== undefined && !task.killed && !isOrderly(task);
}

/** `It said: Error: no such table`, of a task that ended badly and named an error. */
export function wordsOfBadEnd(task: LabTask): string | undefined {
  const words = endedBadly(task) ? errorWords(task) : undefined;
  return words === undefined ? undefined : `It said: ${words}`;
}

/** 143 is what programs exit with that do no more with SIGTERM than to end: 128 and its number. */
function isOrderly({ exitCode, exitSignal }: LabTask): boolean {
  return exitSignal === undefined ? exitCode === undefined || exitCode === 0 || exitCode === 143 : exitSignal === 'SIGTERM';
}

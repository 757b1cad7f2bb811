import type { LabRun } from './lab-run.ts';
import { seconds } from './words.ts';

/** The instant that a person counts from: the first request. How long the tasks took to start before it says nothing about the app under interruption. */
export function loadBeginsAt(run: LabRun): number {
  return run.phases.controlAt ?? run.startedAt;
}

/** `7 s into the load`. */
export function intoTheLoad(run: LabRun, at: number): string {
  return `${seconds(at - loadBeginsAt(run))} into the load`;
}

/** Milliseconds after the start of the run, to a tenth. */
export function relative(run: LabRun, time: number): number {
  return Math.round((time - run.startedAt) * 10) / 10;
}

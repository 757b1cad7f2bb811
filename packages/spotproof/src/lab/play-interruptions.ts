import { setTimeout as delay } from 'node:timers/promises';
import type { Faults, FaultyTask } from './faults/faults.ts';
import type { Lab } from './lab.ts';
import type { Stage, StageTask } from './stage.ts';

/**
 * Takes tasks away and makes tasks sick as planned, and returns when the time is over: the given duration, or two seconds after the last trace of an interrupted task
 * and the last request that a sick one may get.
 */
export async function playInterruptions(lab: Lab, stage: Stage, faults: Faults): Promise<void> {
  const { options, journal, changes, ending, limits } = lab;
  const { views } = stage;
  const { signal } = ending;
  const beganAt = performance.now();
  const until = (atMs: number): Promise<void> => delay(Math.max(0, beganAt + atMs - performance.now()), undefined, { signal });

  for (const { atMs, act } of scheduleOf(lab, stage, faults)) {
    await until(atMs);
    await act();
  }
  if (options.durationMs !== undefined) return until(options.durationMs);

  const leavesTraces = (taskId: string): boolean => !stage.isOver(taskId) || views.nodesThatUse(taskId).length > 0;
  const traces = (): readonly StageTask[] => stage.tasks.filter(({ id, interrupted }) => interrupted && leavesTraces(id));
  const areGone = await changes.until(() => traces().length === 0, { budgetMs: beganAt + limits.interruptionMs - performance.now(), signal });
  if (!areGone)
    journal.warn(
      `${traces()
        .map(({ name }) => name)
        .join(
          ', ',
        )} had not gone ${Math.round(limits.interruptionMs / 1000)} s into the interruption phase: it was still running, or a node still used it.`,
    );
  // Whether it came to that in time is for the verdict to say.
  const areOut = (): boolean => faults.begun.every(({ taskId }) => views.nodesThatUse(taskId).length === 0);
  await changes.until(areOut, { budgetMs: faults.untilStoppedMs, signal });
  return delay(QUIET_MS, undefined, { signal });
}

interface Act {
  readonly atMs: number;
  readonly act: () => void | Promise<void>;
}

function scheduleOf({ options, journal }: Lab, stage: Stage, faults: Faults): readonly Act[] {
  const taskOf = (taskId: string): FaultyTask | undefined => stage.faultyTask(taskId);
  const interruptions = options.interruptions.map(({ count, atMs }): Act => ({
    atMs,
    act: () => {
      const wanted = count === 'all' ? 1 : count;
      if (stage.running < wanted)
        journal.warn(`At ${atMs / 1000} s ${count} of the tasks should have been interrupted, but ${stage.running} were running.`);
      stage.interrupt(count);
    },
  }));
  const begins = options.faults.map((fault): Act => ({ atMs: fault.atMs, act: () => faults.begin(fault, taskOf) }));
  const ends = options.faults.flatMap((fault): readonly Act[] =>
    fault.lengthMs === undefined ? [] : [{ atMs: fault.atMs + fault.lengthMs, act: () => faults.finish(fault, taskOf) }],
  );
  return [...interruptions, ...begins, ...ends].toSorted((a, b) => a.atMs - b.atMs);
}

const QUIET_MS = 2000;

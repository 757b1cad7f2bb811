import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from './lab.ts';
import type { LocalCloud } from './local-cloud.ts';
import type { TargetViews } from './target-views.ts';

/** Takes tasks away as planned, and returns when the time is over: the given duration, or two seconds after the last trace of an interrupted task. */
export async function playInterruptions(lab: Lab, { cloud, views }: { readonly cloud: LocalCloud; readonly views: TargetViews }): Promise<void> {
  const { options, journal, changes, ending, limits } = lab;
  const { signal } = ending;
  const beganAt = performance.now();
  const until = (atMs: number): Promise<void> => delay(Math.max(0, beganAt + atMs - performance.now()), undefined, { signal });

  for (const { count, atMs } of options.interruptions.toSorted((a, b) => a.atMs - b.atMs)) {
    await until(atMs);
    const wanted = count === 'all' ? 1 : count;
    if (cloud.running < wanted)
      journal.warn(`At ${atMs / 1000} s ${count} of the tasks should have been interrupted, but ${cloud.running} were running.`);
    cloud.interrupt(count);
  }
  if (options.durationMs !== undefined) return until(options.durationMs);

  const leavesTraces = (taskId: string): boolean => !cloud.isOver(taskId) || views.nodesThatUse(taskId).length > 0;
  const traces = (): readonly string[] => cloud.tasks.flatMap(({ id, interrupted }) => (interrupted && leavesTraces(id) ? [id] : []));
  const areGone = await changes.until(() => traces().length === 0, { budgetMs: beganAt + limits.interruptionMs - performance.now(), signal });
  if (!areGone)
    journal.warn(
      `${traces().join(', ')} had not gone ${Math.round(limits.interruptionMs / 1000)} s into the interruption phase: it was still running, or a node still used it.`,
    );
  return delay(QUIET_MS, undefined, { signal });
}

const QUIET_MS = 2000;

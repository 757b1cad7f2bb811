import { raiseStopTimeout } from './blame/fixes.ts';
import { CLOSED_LISTENER, firstProcessHeard } from './blame/reactions.ts';
import type { Facts } from './blame/types.ts';
import { unheardSignal } from './blame/unheard-signal.ts';
import { wasSick } from './faults/planted.ts';
import type { LabTask } from './lab-run.ts';
import { list, seconds } from './words.ts';

/** What it means that tasks had to be SIGKILLed, and what most often keeps one from leaving; a few sentences for all that share a reason. */
export function killedSentences(facts: Facts): readonly string[] {
  const { run } = facts;
  const namesByReason = new Map<string, string[]>();
  for (const task of run.tasks) {
    if (!task.killed || wasSick(run, task.id)) continue;
    const reason = reasonOf(facts, task);
    namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), task.name]);
  }
  return [...namesByReason].map(([reason, names]) => `${list(names)} ${names.length === 1 ? 'was' : 'were'} SIGKILLed: ${reason}`);
}

function reasonOf(facts: Facts, task: LabTask): string {
  const { run } = facts;
  const unheard = unheardSignal(facts, task);
  if (unheard !== undefined) return `${unheard.sentence}.${unheard.fix === undefined ? '' : ` ${unheard.fix}`}`;
  const first = firstProcessHeard(run, task);
  const seen = [...(first === undefined ? [] : [first]), ...facts.reactionsOf(task)];
  const heard = seen.length === 0 ? '' : `SIGTERM seems to have been heard (seen: ${list(seen)}), but `;
  const late = `${heard}the process had not ended at the end of the stop timeout of ${seconds(run.options.stopTimeoutMs)}.`;
  const unfinished = 'Whatever its shutdown code does last (closing the database, sending the logs) may not have happened.';
  if (!facts.reactionsOf(task).includes(CLOSED_LISTENER))
    return `${late} ${unfinished} If it was still draining: ${lowerFirst(raiseStopTimeout(run))}`;
  // The runtime ends idle connections by itself.
  const usual = task.announced ? '' : '; most often it is `server.close()` waiting for idle keep-alive connections';
  return `${late} ${unfinished} Its listener had closed, but something kept the process alive${usual}.`;
}

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

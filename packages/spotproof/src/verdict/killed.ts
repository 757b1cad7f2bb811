import { unheardSignal } from './blame/unheard-signal.ts';
import { wasSick } from './faults/planted.ts';
import type { LabRun, LabTask } from './lab-run.ts';
import { list } from './words.ts';

/** What it means that tasks had to be SIGKILLed, and what most often keeps one from leaving; one sentence or two for all that share a reason. */
export function killedSentences(run: LabRun): readonly string[] {
  const namesByReason = new Map<string, string[]>();
  for (const task of run.tasks) {
    if (!task.killed || wasSick(run, task.id)) continue;
    const reason = reasonOf(run, task);
    namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), task.name]);
  }
  return [...namesByReason].map(([reason, names]) => `${list(names)} ${names.length === 1 ? 'was' : 'were'} SIGKILLed: ${reason}`);
}

function reasonOf(run: LabRun, task: LabTask): string {
  const unheard = unheardSignal(run, task);
  if (unheard !== undefined) return `${unheard.sentence}.${unheard.fix === undefined ? '' : ` ${unheard.fix}`}`;
  const unfinished = 'whatever the shutdown code does last (closing the database, sending the logs) did not happen.';
  if (task.listenerClosedAt === undefined) return unfinished;
  return `${unfinished} The listener had closed, but something kept the process alive; most often it is \`server.close()\` waiting for idle keep-alive connections.`;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { LabTask } from '../verdict/lab-run.ts';
import type { Lab } from './lab.ts';
import type { Stage } from './stage.ts';

/** Protection that did not take hold would make the whole run mean something else than it says: looked at before any load. */
export async function checkProtection({ options, journal, ending }: Lab, stage: Pick<Stage, 'tasks'>): Promise<void> {
  const unprotected = (): readonly string[] => stage.tasks.filter((task) => !task.process.output.hasMarker).map(({ name }) => name);
  // The line is written when the server listens, but comes through a pipe.
  for (let waited = 0; waited < ANNOUNCEMENT_MS && unprotected().length > 0; waited += POLL_MS)
    await delay(POLL_MS, undefined, { signal: ending.signal });
  const missing = unprotected();
  if (missing.length === 0) return;
  if (missing.length < options.tasks) {
    journal.warn(`${missing.join(', ')} did not say that it is protected, others did.`);
    return;
  }
  ending.fail({
    of: 'app',
    kind: 'not-protected',
    taskId: undefined,
    message:
      `Protection was asked for, but no task said that it is protected. \`${options.command.join(' ')}\` seems not to be a Node program of version 20.19 or newer that ` +
      'opens an HTTP server, or something in front of it drops NODE_OPTIONS. Run the program itself (node server.js), or leave --protect out.',
  });
  ending.signal.throwIfAborted();
}

/** What the missing of a drain report says about an interrupted task. */
export function protectionWarnings(tasks: readonly LabTask[]): readonly string[] {
  const silent = tasks.filter((task) => task.sigtermAt !== undefined && task.announced && task.drainReport === undefined);
  // The runtime keeps the listener open until the end of the linger: one that closed before SIGKILL is its doing.
  const isCutShort = ({ killed, listenerClosedAt, sigkillAt, exitedAt }: LabTask): boolean =>
    killed && listenerClosedAt !== undefined && listenerClosedAt < (sigkillAt ?? exitedAt ?? 0) - LISTENER_SLACK_MS;
  return [
    ...sentenceOf(silent.filter(isCutShort), 'it was SIGKILLed in its drain.'),
    ...sentenceOf(
      silent.filter((task) => !isCutShort(task)),
      'SIGTERM did not reach the Node process that serves, or it was killed first. ' +
        'npm, yarn or a shell in front of it may keep the signal to itself: run the program itself (node server.js).',
    ),
  ];
}

function sentenceOf(tasks: readonly LabTask[], why: string): readonly string[] {
  return tasks.length === 0 ? [] : [`${tasks.map(({ name }) => name).join(', ')} was protected, but left no drain report: ${why}`];
}

const ANNOUNCEMENT_MS = 3000;
const POLL_MS = 25;
/** Listeners are looked at each 50 ms, and the process may have ended a little before that is known. */
const LISTENER_SLACK_MS = 250;

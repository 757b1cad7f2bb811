import type { LabEvent, LabTask } from '../verdict/lab-run.ts';

/** What is known of a task besides its events. */
export interface TaskFacts {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
  readonly port: number;
  readonly replaces: string | undefined;
  readonly stoppedAtEnd: boolean;
  readonly announced: boolean;
  readonly drainReport: unknown;
  readonly firstProcess: string | undefined;
  readonly handlesSigterm: boolean | undefined;
  readonly saidAfterSigterm: readonly string[];
  readonly output: readonly string[];
  readonly outputPath: string;
}

/** One task's story, told from the events of the whole run. */
export function makeLabTask(facts: TaskFacts, timeline: readonly LabEvent[]): LabTask {
  const events = timeline.filter((event) => event.taskId === facts.id);
  const states = events.filter((event) => event.type === 'task-state');
  const exit = events.find((event) => event.type === 'task-exited');
  const at = (type: LabEvent['type']): number | undefined => events.find((event) => event.type === type)?.at;
  const signalAt = (signal: string): number | undefined => events.find((event) => event.type === 'task-signal' && event.signal === signal)?.at;
  return {
    ...facts,
    states: states.map(({ state, at }) => ({ state, at })),
    stopReason: states.findLast((event) => event.reason !== undefined)?.reason,
    listeningAt: at('task-listening'),
    registeredAt: at('task-registered'),
    interruptedAt: at('task-interrupted'),
    deregisteredAt: at('task-deregistered'),
    sigtermAt: signalAt('SIGTERM'),
    sigkillAt: signalAt('SIGKILL'),
    listenerClosedAt: at('task-listener-closed'),
    exitedAt: exit?.at,
    exitCode: exit?.exitCode,
    exitSignal: exit?.exitSignal,
    // One that ended of itself at the last moment may be sent SIGKILL all the same: its end is known only when its output is read.
    killed: signalAt('SIGKILL') !== undefined && (exit === undefined || exit.exitSignal === 'SIGKILL'),
    crashed: exit?.crashed ?? false,
  };
}

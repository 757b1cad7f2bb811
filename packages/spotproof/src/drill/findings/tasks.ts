import { list, seconds } from '../../verdict/words.ts';
import type { DrilledTask } from '../report-document.ts';
import type { FindingRule } from './types.ts';

const killed: FindingRule = ({ tasks }) => {
  const dead = tasks.filter((task) => task.killed);
  if (dead.length === 0) return undefined;
  const containers = dead.flatMap((task) => task.containers.filter(({ exitCode }) => exitCode === 137));
  const memory = containers.find(({ reason }) => reason?.includes('OutOfMemory') === true);
  const longest = Math.max(...containers.map(({ stopTimeoutSeconds = 30 }) => stopTimeoutSeconds));
  const ranFor = dead.find(({ ranAfterSigtermMs }) => ranAfterSigtermMs !== undefined)?.ranAfterSigtermMs;
  const early = memory === undefined && ranFor !== undefined && ranFor < longest * 1000 - EARLY_MS;
  return {
    rule: 'killed',
    severity: 'problem',
    diagnosis: `${names(dead)} ended with exit code 137: SIGKILL${ranFor === undefined ? '' : `, ${seconds(ranFor)} after SIGTERM`}.`,
    cause:
      memory !== undefined
        ? `Container ${memory.name} ran out of memory: ${memory.reason ?? ''}.`
        : early
          ? `That is before the stop timeout of ${longest} s was over, so something else did it: the memory limit, or another essential container that ended.`
          : `The stop timeout of ${longest} s was over: SIGTERM was not heard (a shell or npm as the first process does not pass it on), or the drain takes longer.`,
    fix:
      memory !== undefined || early
        ? 'Look at the memory of the task and at the other containers.'
        : `End by yourself on SIGTERM${longest < 120 ? ', and raise stopTimeout: Spot gives up to 120 s' : ''}. \`spotproof lab\` shows the same on a laptop.`,
    tasks: ids(dead),
  };
};

const badExit: FindingRule = ({ tasks }) => {
  const codes = new Map<DrilledTask, number>();
  for (const task of tasks) {
    const code = task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0 && exitCode !== 137)?.exitCode;
    if (code !== undefined) codes.set(task, code);
  }
  if (codes.size === 0) return undefined;
  const unheard = [...codes.values()].every((code) => code === 143);
  return {
    rule: 'exit-code',
    severity: unheard ? 'problem' : 'note',
    diagnosis: `${names([...codes.keys()])} ended with exit code ${list([...new Set([...codes.values()].map(String))])}.`,
    cause: unheard
      ? '143 is the default of SIGTERM: nothing in the container handles the signal, so the process ends in the middle of whatever it does.'
      : 'The process failed while it stopped, or ends with that code on purpose.',
    fix: unheard ? 'Handle SIGTERM: finish what is in flight, then end with 0.' : 'Look at the last lines of its log.',
    tasks: ids([...codes.keys()]),
  };
};

const lateDeregistration: FindingRule = ({ tasks, service }) => {
  if (service.deregistrationDelays.length === 0) return undefined;
  const late = tasks.filter(
    ({ drainingAt, stoppingAt }) => stoppingAt !== undefined && (drainingAt === undefined || drainingAt > stoppingAt + LOOK_MS),
  );
  if (late.length === 0) return undefined;
  return {
    rule: 'late-deregistration',
    severity: 'problem',
    diagnosis: `${names(late)} got SIGTERM while a target group still sent requests to ${late.length === 1 ? 'it' : 'them'}.`,
    cause: 'Neither ECS nor the controller had deregistered the target by then.',
    fix: 'Keep serving for a while after SIGTERM, as `--import @spotproof/runtime/auto` does, and run the controller, which deregisters on the event.',
    tasks: ids(late),
  };
};

const stillStopping: FindingRule = ({ tasks, service, wasCancelled }) => {
  const slow = tasks.filter(({ stoppedAt }) => stoppedAt === undefined);
  if (slow.length === 0 || wasCancelled) return undefined;
  const delay = Math.max(0, ...service.deregistrationDelays.map((group) => group.seconds));
  return {
    rule: 'still-stopping',
    severity: 'note',
    diagnosis: `${names(slow)} had not stopped when the drill ended.`,
    cause: `ECS waits for the deregistration delay (${delay} s) before SIGTERM, and for the stop timeout after it.`,
    fix: 'Give --timeout more than both together, or lower the deregistration delay: requests do not run that long.',
    tasks: ids(slow),
  };
};

const longDelay: FindingRule = ({ service }) => {
  const long = service.deregistrationDelays.find((group) => group.seconds >= 120);
  if (long === undefined) return undefined;
  return {
    rule: 'deregistration-delay',
    severity: 'problem',
    diagnosis: `The deregistration delay is ${long.seconds} s; an interrupted task lives for at most 120 s after its notice.`,
    cause: long.seconds === 300 ? '300 s is the default of target groups.' : 'It was set so.',
    fix: 'Set deregistration_delay.timeout_seconds to 30 s, or to what your longest request takes: below the stop timeout, and below 120 s in any case.',
    tasks: [],
  };
};

const shortStopTimeout: FindingRule = ({ service }) => {
  const short = service.stopTimeouts.filter((container) => container.seconds <= 30);
  if (short.length === 0) return undefined;
  return {
    rule: 'stop-timeout',
    severity: 'note',
    diagnosis: `${list(short.map(({ container, seconds: s }) => `${container} is killed ${s} s after SIGTERM`))}, though an interruption leaves up to 120 s.`,
    cause: 'The two minutes of a Spot notice are for the task; SIGKILL follows after stopTimeout, 30 s unless set.',
    fix: 'Set stopTimeout to as much as the drain needs at worst, up to 120 s.',
    tasks: [],
  };
};

export const taskRules: readonly FindingRule[] = [killed, badExit, lateDeregistration, stillStopping, longDelay, shortStopTimeout];

function names(tasks: readonly DrilledTask[]): string {
  return `${tasks.length === 1 ? 'Task' : 'Tasks'} ${list(ids(tasks).slice(0, 5))}${tasks.length > 5 ? ` and ${tasks.length - 5} more` : ''}`;
}

function ids(tasks: readonly DrilledTask[]): readonly string[] {
  return tasks.map(({ id }) => id);
}

/** Two looks: what happened between them cannot be told apart. */
const LOOK_MS = 2_000;
/** A kill so long before the end of the stop timeout has another reason; looks are a second apart and clocks differ. */
const EARLY_MS = 4_000;

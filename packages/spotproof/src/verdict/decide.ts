import { EXIT_CODES } from '../exit-codes.ts';
import type { FaultReport } from './fault-document.ts';
import { sickName } from './faults/fault-words.ts';
import { wasSick } from './faults/planted.ts';
import type { LabRun, LabTask } from './lab-run.ts';
import type { RequestTotals, Verdict } from './report-document.ts';
import type { WorkReport } from './work/work-document.ts';
import { count, list, seconds, thousands } from './words.ts';

export interface Decision {
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly summary: string;
}

/**
 * From worst knowledge to best: a cancelled run and one that never came about say nothing, a void run must not be believed, and only then does it matter what
 * was lost. A task that ended by itself is a loss, whether or not a request was in it. Exit codes: 0, 1 lost, 2 the app, 3 the lab, 130 Ctrl-C.
 */
export function decide(input: {
  readonly run: LabRun;
  readonly requests: RequestTotals;
  /** When the last lost request ended; undefined when none was lost. */
  readonly lastLossAt: number | undefined;
  readonly faults: readonly FaultReport[];
  /** Of a run with a sink. */
  readonly work?: WorkReport | undefined;
  readonly voidReasons: readonly string[];
  readonly strict: boolean;
}): Decision {
  const { run, requests, lastLossAt, faults, work, voidReasons, strict } = input;
  if (run.cancelled)
    return {
      verdict: 'cancelled',
      exitCode: EXIT_CODES.cancelled.code,
      summary: `Cancelled after ${seconds(run.endedAt - run.startedAt)}: no verdict.`,
    };
  if (run.failure?.of === 'app') return { verdict: 'app-failed', exitCode: EXIT_CODES.usage.code, summary: run.failure.message };
  if (run.failure !== undefined) return { verdict: 'void', exitCode: EXIT_CODES.fault.code, summary: run.failure.message };
  if (voidReasons.length > 0)
    return { verdict: 'void', exitCode: EXIT_CODES.fault.code, summary: `The lab cannot vouch for this run. ${voidReasons.join(' ')}` };

  const crashed = run.tasks.filter((task) => task.crashed);
  // A task that was made sick cannot be asked to leave in order.
  const killed = run.tasks.filter((task) => task.killed && !wasSick(run, task.id));
  const broken = faults.filter(({ bound }) => bound === 'broken');
  const told = work === undefined ? '' : ` ${work.summary}`;
  const before =
    requests.lostInControl === 0
      ? ''
      : ` Another ${count(requests.lostInControl, 'request')} ${were(requests.lostInControl)} lost before, in the control phase.`;
  const isAlone = run.options.tasks === 1 && requests.lost > 0;
  const aside = `${isAlone ? ' One task alone: nothing else can answer until a replacement is ready.' : ''}${told}`;
  const besides = `${before}${aside}`;
  if (requests.lost > 0 || crashed.length > 0 || broken.length > 0) {
    return { verdict: 'lost', exitCode: EXIT_CODES.lost.code, summary: `${lostSentence({ run, requests, lastLossAt, crashed, broken })}${besides}` };
  }
  if (work !== undefined && work.lost + work.doubled > 0)
    return {
      verdict: 'lost',
      exitCode: EXIT_CODES.lost.code,
      summary: `${noneOf(requests)}${takenBack(run)}.${besides}`,
    };
  if (strict && requests.lostInControl > 0) {
    const summary = `${count(requests.lostInControl, 'request')} of ${thousands(requests.total)} lost before any task was taken back: counted, because the run is strict.${aside}`;
    return { verdict: 'lost', exitCode: EXIT_CODES.lost.code, summary };
  }
  if (killed.length > 0) {
    const summary = `${noRequest(requests)}, but ${list(killed.map(({ name }) => name))} had to be SIGKILLed at the end of the stop timeout of ${seconds(run.options.stopTimeoutMs)}: it did not leave by itself.${besides}`;
    return { verdict: 'killed', exitCode: strict ? EXIT_CODES.lost.code : EXIT_CODES.clean.code, summary };
  }
  if (requests.lostToFaults > 0) {
    const { total, lostToFaults } = requests;
    const summary = `${requests.lostInControl === 0 ? 'Nothing' : 'After the control phase nothing'} was lost but ${count(lostToFaults, 'request')} of ${thousands(total)}, all on ${sick(faults)} while it was still in rotation${takenBack(run, ' and')}.${besides}`;
    return { verdict: 'contained', exitCode: EXIT_CODES.clean.code, summary };
  }
  return {
    verdict: 'clean',
    exitCode: EXIT_CODES.clean.code,
    summary: `${noneOf(requests)}${faults.length === 0 ? '' : ` while ${sick(faults)} was sick`}${takenBack(run, faults.length === 0 ? undefined : ' and')}.${besides}`,
  };
}

function lostSentence(input: {
  readonly run: LabRun;
  readonly requests: RequestTotals;
  readonly lastLossAt: number | undefined;
  readonly crashed: readonly LabTask[];
  readonly broken: readonly FaultReport[];
}): string {
  const { run, requests, lastLossAt, crashed, broken } = input;
  const names = list(crashed.map(({ name }) => name));
  const late = broken.length === 0 ? '' : ` The balancer sent to ${sick(broken)} for longer than its health checks allow.`;
  if (requests.lost === 0 && crashed.length === 0) return `No request was lost that had to be answered.${late}`;
  if (requests.lost === 0) return `${noRequest(requests)}, but ${names} ended without having been told to: in production that is a loss.${late}`;
  const crash = crashed.length === 0 ? '' : ` ${names} ended without having been told to.`;
  const firstAt = Math.min(...run.tasks.map((task) => task.interruptedAt ?? Infinity));
  const isBefore = Number.isFinite(firstAt) && (lastLossAt ?? Infinity) < firstAt;
  const expected =
    requests.lostToFaults === 0 ? '' : ` Another ${thousands(requests.lostToFaults)} on a sick task, before it had to be out of rotation.`;
  return `${thousands(requests.lost)} of ${count(requests.total, 'request')} ${were(requests.lost)} lost${isBefore ? ' before any task was taken back' : takenBack(run)}.${crash}${late}${expected}`;
}

/** `None of 134 requests was lost`, of those that could have been: what was lost otherwise is told apart. */
function noneOf({ total, lostInControl, lostToFaults }: RequestTotals): string {
  return `None of ${count(total - lostInControl - lostToFaults, 'request')} was lost`;
}

function noRequest({ lostInControl, lostToFaults }: RequestTotals): string {
  return `No request was lost${lostInControl === 0 ? '' : ' after the control phase'}${lostToFaults === 0 ? '' : ' that had to be answered'}`;
}

function were(amount: number): string {
  return amount === 1 ? 'was' : 'were';
}

function sick(faults: readonly FaultReport[]): string {
  return list([...new Set(faults.map(sickName))]);
}

/** @param joint What stands before it when something else was said of the run; then that no task was taken back is not worth a word. */
function takenBack(run: LabRun, joint?: ' and'): string {
  const interrupted = run.tasks.filter((task) => task.interruptedAt !== undefined).length;
  if (interrupted === 0) return run.faults.length === 0 && joint === undefined ? '; no task was taken back' : '';
  const { tasks } = run.options;
  const and = joint ?? '';
  if (interrupted > tasks) return `${and} while tasks were taken back ${interrupted} times`;
  if (tasks === 1) return `${and} while the only task was taken back`;
  return `${and} while ${interrupted === tasks ? `all ${tasks}` : `${interrupted} of ${tasks}`} tasks ${interrupted === 1 ? 'was' : 'were'} taken back`;
}

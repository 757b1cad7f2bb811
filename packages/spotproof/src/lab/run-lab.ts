import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabOptions, LabRun } from '../verdict/lab-run.ts';
import { Changes } from './changes.ts';
import { checkLabOptions } from './check-options.ts';
import { Ending, labFailure } from './ending.ts';
import { Faults } from './faults/faults.ts';
import { Journal } from './journal.ts';
import type { Lab, LabFiles, LabModules } from './lab.ts';
import type { LabListener } from './listener.ts';
import { LoadProcess } from './load-process.ts';
import { LocalStage } from './local-stage.ts';
import { modulePath } from './module-path.ts';
import { playInterruptions } from './play-interruptions.ts';
import { protectionWarnings } from './protection-check.ts';
import type { MakeStage, Stage } from './stage.ts';
import { Sink } from './sink.ts';
import { startTasks } from './start-tasks.ts';
import { findCommandFailure } from './tasks/start-failure.ts';
import { epochNow } from '../epoch.ts';
import { forgetEarlierRun } from './run-files.ts';
import { timeLimits } from './time-limits.ts';

/**
 * Runs the user's command as a service on a local Fargate Spot, under load, and takes tasks away. Whatever happens, nothing of it is left running.
 *
 * @param signal Aborting it (Ctrl-C) stops everything at once; the run that comes back says `cancelled`.
 * @returns What happened, also when it did not go well: a failure is a value in it.
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for options that no run can be made with.
 */
export async function runLab(
  options: LabOptions,
  listener: LabListener,
  signal: AbortSignal,
  { modules = LAB_MODULES, makeStage = (parts) => new LocalStage(parts) }: LabWorkshop = {},
): Promise<LabRun> {
  checkLabOptions(options);
  const startedAt = epochNow();
  const ending = new Ending(signal);
  const journal = new Journal(listener);
  const limits = timeLimits(options);
  const tooLong = setTimeout(
    () => ending.fail(labFailure('took-too-long', `The run was not over after ${Math.round(limits.wholeRunMs / 1000)} s, which no run should take.`)),
    limits.wholeRunMs,
  );
  const lab: Lab = {
    options,
    listener,
    journal,
    ending,
    limits,
    changes: new Changes(),
    files: filesOf(options),
    modules,
    environmentOf: (taskId) => parts.sink?.environmentOf(taskId) ?? {},
  };
  const faults = new Faults(lab);
  const stage = makeStage({
    lab,
    faults,
    onTaskFailure: (failure, what) => {
      if (parts.load === undefined) ending.fail(failure);
      else if (what === 'start') journal.warn(failure.message);
    },
  });
  const parts: Parts = { stage, faults, load: undefined, sink: options.work === undefined ? undefined : new Sink(lab, options.work) };
  try {
    await perform(lab, parts);
  } catch (error) {
    // What ended the run early is known already; the exception only unwound it.
    if (!ending.signal.aborted) ending.failWith(error);
  } finally {
    clearTimeout(tooLong);
    await clearAway(lab, parts);
  }
  const tasks = await stage.labTasks();
  if (options.protect && ending.failure === undefined && !ending.cancelled) for (const sentence of protectionWarnings(tasks)) journal.warn(sentence);
  return {
    options,
    startedAt,
    endedAt: epochNow(),
    phases: journal.phases,
    pidNamespaces: stage.pidNamespaces === true,
    tasks,
    timeline: journal.timeline,
    faults: faults.begun,
    targetHealth: journal.targetHealth,
    targetDraining: journal.targetDraining,
    clientRecordsPath: lab.files.clientRecords,
    balancerRecordsPath: lab.files.balancerRecords,
    accessLogPath: lab.files.accessLog,
    work: parts.sink?.work,
    load: parts.load?.summary,
    balancer: stage.balancerSummary,
    warnings: journal.warnings,
    failure: ending.failure,
    cancelled: ending.cancelled,
  };
}

/** What a run is made with besides its options. */
interface LabWorkshop {
  readonly modules?: LabModules;
  /** Where its service lives; by default in a cloud of the run's own that nobody else can reach. */
  readonly makeStage?: MakeStage;
}

/** What runs so far, to be cleared away wherever the run ends. */
interface Parts {
  readonly stage: Stage;
  readonly faults: Faults;
  load: LoadProcess | undefined;
  /** Undefined in a run without work. */
  readonly sink: Sink | undefined;
}

async function perform(lab: Lab, parts: Parts): Promise<void> {
  const { options, journal, ending, limits, changes } = lab;
  const { stage, faults } = parts;
  const { signal } = ending;
  await forgetEarlierRun(options.runDirectory, lab.files);
  const searchPath = options.env['PATH'] ?? process.env['PATH'];
  const commandFailure = findCommandFailure({ ...options, searchPath });
  if (commandFailure !== undefined) {
    ending.fail(commandFailure);
    return;
  }
  signal.throwIfAborted();
  await mkdir(path.join(options.runDirectory, 'tasks'), { recursive: true });
  journal.phase('starting');
  await parts.sink?.open();
  await stage.open();
  await startTasks(lab, stage);
  await stage.ready();

  journal.phase('control');
  const load = startLoad(lab, stage);
  parts.load = load;
  const hasStarted = await changes.until(() => load.startedAt !== undefined, { budgetMs: PROCESS_START_MS, signal });
  if (!hasStarted) ending.fail(labFailure('load-failed', `The load generator did not start within ${PROCESS_START_MS / 1000} s.`));
  signal.throwIfAborted();
  await delay(options.controlMs, undefined, { signal });

  journal.phase('interruption');
  await playInterruptions(lab, stage, faults);

  journal.phase('finishing');
  const summary = await load.finish({ budgetMs: limits.answersMs, signal });
  if (summary === undefined) {
    ending.fail(
      labFailure('load-failed', `The load generator had not accounted for every request ${limits.answersMs / 1000} s after the last was sent.`),
    );
  }
  signal.throwIfAborted();
  await awaitInterruptedTasks(lab, stage);
  await parts.sink?.finish();
  journal.loadDone();
  journal.close();
  await stage.stopBalancer({ graceMs: BALANCER_GRACE_MS, signal });
}

function startLoad(lab: Lab, { nodes }: Stage): LoadProcess {
  const { options, listener, ending, changes, limits, files, modules } = lab;
  return new LoadProcess({
    modulePath: modules.load,
    logPath: path.join(options.runDirectory, 'load.log'),
    config: {
      nodes,
      listener: options.balancer.listener ?? 'http',
      ratePerSecond: options.ratePerSecond,
      seed: options.seed,
      requests: options.requests,
      idPrefix: 'r',
      recordsPath: files.clientRecords,
      maxDurationMs: limits.loadMs,
    },
    changes,
    onReport: (report) => {
      if (report.type === 'progress') listener.onProgress({ type: 'load', report });
    },
    onFailure: (message) => ending.fail(labFailure('load-failed', message)),
  });
}

/** With a fixed duration the load may be over before an interrupted task is; how that ends is still part of the verdict. */
async function awaitInterruptedTasks({ options, changes, ending }: Lab, stage: Stage): Promise<void> {
  const areOver = (): boolean => stage.tasks.every((task) => !task.interrupted || task.process.end !== undefined);
  await changes.until(areOver, { budgetMs: options.stopTimeoutMs + 10_000, signal: ending.signal });
}

/** In the order in which nothing is lost by it; each part is guarded, so that one that fails does not keep the others. */
async function clearAway({ journal, ending, changes }: Lab, parts: Parts): Promise<void> {
  journal.phase('stopping');
  journal.close();
  const isHurried = ending.signal.aborted;
  ending.settle();
  changes.notify();
  const graceMs = isHurried ? 0 : TASK_GRACE_MS;
  await Promise.allSettled([parts.load?.end(graceMs), parts.stage.close(graceMs), parts.faults.close(graceMs)]);
  // The last: tasks that are told to stop may still have something to say, which is refused.
  await parts.sink?.end(graceMs);
}

function filesOf({ runDirectory, accessLog }: LabOptions): LabFiles {
  return {
    clientRecords: path.join(runDirectory, 'client.ndjson'),
    balancerRecords: path.join(runDirectory, 'balancer.ndjson'),
    accessLog: accessLog ? path.join(runDirectory, 'access.log') : undefined,
    workRecords: path.join(runDirectory, 'work.ndjson'),
  };
}

/** The real ones. */
export const LAB_MODULES: LabModules = {
  balancer: modulePath(import.meta.url, '../balancer/process/main'),
  load: modulePath(import.meta.url, '../load/process/main'),
  relay: modulePath(import.meta.url, '../relay/process/main'),
  sink: modulePath(import.meta.url, '../work/process/main'),
};
const PROCESS_START_MS = 20_000;
const BALANCER_GRACE_MS = 1000;
/** Tasks that are still up at the end are no part of the verdict: they get a moment, not their stop timeout. */
const TASK_GRACE_MS = 500;

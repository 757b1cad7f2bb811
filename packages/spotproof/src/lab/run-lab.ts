import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabOptions, LabRun } from '../verdict/lab-run.ts';
import { BalancerProcess } from './balancer-process.ts';
import { Changes } from './changes.ts';
import { checkLabOptions } from './check-options.ts';
import { Ending, labFailure } from './ending.ts';
import { Faults } from './faults/faults.ts';
import { Journal } from './journal.ts';
import type { Lab, LabFiles, LabModules } from './lab.ts';
import type { LabListener } from './listener.ts';
import { LoadProcess } from './load-process.ts';
import { LocalCloud } from './local-cloud.ts';
import { modulePath } from './module-path.ts';
import { playInterruptions } from './play-interruptions.ts';
import { protectionWarnings } from './protection-check.ts';
import { startTasks } from './start-tasks.ts';
import { TargetViews } from './target-views.ts';
import { findIsolation, type Isolation } from './tasks/isolation.ts';
import { findCommandFailure } from './tasks/start-failure.ts';
import { epochNow } from '../epoch.ts';
import { timeLimits } from './time-limits.ts';

/**
 * Runs the user's command as a service on a local Fargate Spot, under load, and takes tasks away. Whatever happens, nothing of it is left running.
 *
 * @param signal Aborting it (Ctrl-C) stops everything at once; the run that comes back says `cancelled`.
 * @returns What happened, also when it did not go well: a failure is a value in it.
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for options that no run can be made with.
 */
export async function runLab(options: LabOptions, listener: LabListener, signal: AbortSignal, modules: LabModules = LAB_MODULES): Promise<LabRun> {
  checkLabOptions(options);
  const startedAt = epochNow();
  const ending = new Ending(signal);
  const journal = new Journal(listener);
  const limits = timeLimits(options);
  const tooLong = setTimeout(
    () => ending.fail(labFailure('took-too-long', `The run was not over after ${Math.round(limits.wholeRunMs / 1000)} s, which no run should take.`)),
    limits.wholeRunMs,
  );
  const lab: Lab = { options, listener, journal, ending, limits, changes: new Changes(), files: filesOf(options), modules };
  const parts: Parts = { isolation: undefined, balancer: undefined, load: undefined, cloud: undefined, faults: new Faults(lab) };
  try {
    await perform(lab, parts);
  } catch (error) {
    // What ended the run early is known already; the exception only unwound it.
    if (!ending.signal.aborted) ending.failWith(error);
  } finally {
    clearTimeout(tooLong);
    await clearAway(lab, parts);
  }
  const tasks = (await parts.cloud?.labTasks()) ?? [];
  if (options.protect && ending.failure === undefined && !ending.cancelled) for (const sentence of protectionWarnings(tasks)) journal.warn(sentence);
  return {
    options,
    startedAt,
    endedAt: epochNow(),
    phases: journal.phases,
    pidNamespaces: parts.isolation?.kind === 'pid-namespace',
    tasks,
    timeline: journal.timeline,
    faults: parts.faults.begun,
    targetHealth: journal.targetHealth,
    targetDraining: journal.targetDraining,
    clientRecordsPath: lab.files.clientRecords,
    balancerRecordsPath: lab.files.balancerRecords,
    accessLogPath: lab.files.accessLog,
    load: parts.load?.summary,
    balancer: parts.balancer?.summary,
    warnings: journal.warnings,
    failure: ending.failure,
    cancelled: ending.cancelled,
  };
}

/** What runs so far, to be cleared away wherever the run ends. */
interface Parts {
  isolation: Isolation | undefined;
  balancer: BalancerProcess | undefined;
  load: LoadProcess | undefined;
  cloud: LocalCloud | undefined;
  readonly faults: Faults;
}

async function perform(lab: Lab, parts: Parts): Promise<void> {
  const { options, journal, ending, limits, changes } = lab;
  const { signal } = ending;
  const searchPath = options.env['PATH'] ?? process.env['PATH'];
  const commandFailure = findCommandFailure({ ...options, searchPath });
  if (commandFailure !== undefined) {
    ending.fail(commandFailure);
    return;
  }
  signal.throwIfAborted();
  await mkdir(path.join(options.runDirectory, 'tasks'), { recursive: true });
  journal.phase('starting');
  const isolation = await chooseIsolation(lab);
  parts.isolation = isolation;
  signal.throwIfAborted();

  const balancer = startBalancer(lab, parts);
  parts.balancer = balancer.process;
  const isListening = await changes.until(() => balancer.process.nodes.length > 0, { budgetMs: PROCESS_START_MS, signal });
  if (!isListening) ending.fail(labFailure('balancer-failed', `The balancer did not listen within ${PROCESS_START_MS / 1000} s.`));
  signal.throwIfAborted();
  const cloud = new LocalCloud({
    lab: options,
    isolation,
    balancer: balancer.process,
    journal,
    changes,
    signal,
    faults: parts.faults,
    onError: (error) => ending.failWith(error),
    onTaskFailure: (failure, what) => {
      if (parts.load === undefined) ending.fail(failure);
      else if (what === 'start') journal.warn(failure.message);
    },
  });
  parts.cloud = cloud;
  await startTasks(lab, { cloud, views: balancer.views });

  journal.phase('control');
  const load = startLoad(lab, balancer.process);
  parts.load = load;
  const hasStarted = await changes.until(() => load.startedAt !== undefined, { budgetMs: PROCESS_START_MS, signal });
  if (!hasStarted) ending.fail(labFailure('load-failed', `The load generator did not start within ${PROCESS_START_MS / 1000} s.`));
  signal.throwIfAborted();
  await delay(options.controlMs, undefined, { signal });

  journal.phase('interruption');
  await playInterruptions(lab, { cloud, views: balancer.views, faults: parts.faults });

  journal.phase('finishing');
  const summary = await load.finish({ budgetMs: limits.answersMs, signal });
  if (summary === undefined) {
    ending.fail(
      labFailure('load-failed', `The load generator had not accounted for every request ${limits.answersMs / 1000} s after the last was sent.`),
    );
  }
  signal.throwIfAborted();
  await awaitInterruptedTasks(lab, cloud);
  journal.loadDone();
  journal.close();
  await balancer.process.stop({ graceMs: BALANCER_GRACE_MS, signal });
}

async function chooseIsolation(lab: Lab): Promise<Isolation> {
  const { options, listener, journal } = lab;
  const isolation = await findIsolation(options.pidNamespaces);
  const why = isolation.kind === 'keeper' ? isolation.why : undefined;
  listener.onProgress({ type: 'isolation', pidNamespaces: why === undefined, why });
  if (why !== undefined) {
    journal.warn(
      `Tasks run without PID namespaces of their own (${why}). A container differs: there an app without a SIGTERM handler ignores the signal and is killed, and npm or a shell in front of it takes it down.`,
    );
  }
  return isolation;
}

function startBalancer(lab: Lab, parts: Parts): { readonly process: BalancerProcess; readonly views: TargetViews } {
  const { options, journal, ending, changes, files, modules } = lab;
  const views: TargetViews = new TargetViews(() => balancer.nodes.map(({ name }) => name));
  const balancer = new BalancerProcess({
    modulePath: modules.balancer,
    logPath: path.join(options.runDirectory, 'balancer.log'),
    config: { ...options.balancer, recordsPath: files.balancerRecords, accessLogPath: files.accessLog },
    changes,
    onReport: (report) => {
      views.onReport(report);
      journal.balancer(report);
      // While tasks start, a check that fails says that the app is not ready yet; `startTasks` waits for that, and says so when it never is.
      const isUnderLoad = journal.phases.controlAt !== undefined;
      if (report.type !== 'target-health') return;
      if (views.isHealthyEverywhere(report.targetId)) parts.cloud?.tellHealth(report.targetId, 'healthy');
      else if (isUnderLoad && views.isUnhealthyEverywhere(report.targetId)) parts.cloud?.tellHealth(report.targetId, 'unhealthy');
    },
    onFailure: (message) => ending.fail(labFailure('balancer-failed', message)),
  });
  return { process: balancer, views };
}

function startLoad(lab: Lab, balancer: BalancerProcess): LoadProcess {
  const { options, listener, ending, changes, limits, files, modules } = lab;
  return new LoadProcess({
    modulePath: modules.load,
    logPath: path.join(options.runDirectory, 'load.log'),
    config: {
      nodes: balancer.nodes,
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
async function awaitInterruptedTasks({ options, changes, ending }: Lab, cloud: LocalCloud): Promise<void> {
  const areOver = (): boolean => cloud.tasks.every((task) => !task.interrupted || task.process.end !== undefined);
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
  await Promise.allSettled([parts.load?.end(graceMs), parts.cloud?.close(graceMs), parts.faults.close(graceMs), parts.balancer?.end(graceMs)]);
}

function filesOf({ runDirectory, accessLog }: LabOptions): LabFiles {
  return {
    clientRecords: path.join(runDirectory, 'client.ndjson'),
    balancerRecords: path.join(runDirectory, 'balancer.ndjson'),
    accessLog: accessLog ? path.join(runDirectory, 'access.log') : undefined,
  };
}

/** The real ones. */
export const LAB_MODULES: LabModules = {
  balancer: modulePath(import.meta.url, '../balancer/process/main'),
  load: modulePath(import.meta.url, '../load/process/main'),
  relay: modulePath(import.meta.url, '../relay/process/main'),
};
const PROCESS_START_MS = 20_000;
const BALANCER_GRACE_MS = 1000;
/** Tasks that are still up at the end are no part of the verdict: they get a moment, not their stop timeout. */
const TASK_GRACE_MS = 500;

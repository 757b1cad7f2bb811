import type { Account } from './account.ts';
import { gatherFacts } from './blame/gather-facts.ts';
import { drainFacts } from './drain-facts.ts';
import { endedBadly, endingOf, wordsOfBadEnd } from './ending.ts';
import { wasSick } from './faults/planted.ts';
import type { JoinedRequest } from './join.ts';
import { killedSentences } from './killed.ts';
import { lastWords } from './last-words.ts';
import type { LabRun } from './lab-run.ts';
import { intoTheLoad } from './run-clock.ts';
import { arrivalsAt, arrivedAt } from './task-report.ts';
import { LATENCY_LATENESS_LIMIT_MS, latencyIsValid } from './validity.ts';
import { count, list, milliseconds, seconds, thousands } from './words.ts';

/** What a reader should know before believing the figures: few, and each with what to do. The lab's own warnings come first. */
export function warnings(run: LabRun, account: Account): readonly string[] {
  if (run.failure !== undefined || run.cancelled) return run.warnings;
  return [
    ...run.warnings,
    ...killedSentences(gatherFacts(run, [...account.answered, ...account.tolerated, ...account.lost, ...account.planted])),
    ...crashes(run, account),
    ...badEndings(run, account),
    ...refusals(run, account),
    ...drains(run),
    ...controlPhase(account),
    ...strength(run, account),
    ...settings(run),
    ...generator(run),
  ];
}

/** A crash that lost requests is told with the blame for them. */
function crashes(run: LabRun, { lost }: Account): readonly string[] {
  return run.tasks
    .filter((task) => task.crashed && !lost.some((loss) => loss.task === task))
    .map((task) => {
      const how = task.exitSignal === undefined ? `exit code ${task.exitCode ?? 'unknown'}` : task.exitSignal;
      const when = task.exitedAt === undefined ? '' : ` ${intoTheLoad(run, task.exitedAt)}`;
      const words = lastWords(task);
      return `${task.name} ended without having been told to${when} (${how}).${words === undefined ? '' : ` It said: ${words}`}`;
    });
}

/** Told with the blame, too, when it lost requests. */
function badEndings(run: LabRun, { lost }: Account): readonly string[] {
  return run.tasks.flatMap((task) => {
    const { sigtermAt, exitedAt } = task;
    if (sigtermAt === undefined || exitedAt === undefined || !endedBadly(task) || wasSick(run, task.id) || lost.some((loss) => loss.task === task))
      return [];
    const words = wordsOfBadEnd(task);
    return [
      `${task.name} ${endingOf(task)}, ${seconds(exitedAt - sigtermAt)} after SIGTERM: an orderly shutdown ends with 0.${words === undefined ? '' : ` ${words}`}`,
    ];
  });
}

/** Answers below 500 that began with SIGTERM: complete, but perhaps not what the caller wanted. */
function refusals(run: LabRun, { answered }: Account): readonly string[] {
  const isAfterSigterm = (request: JoinedRequest): boolean => request.task?.sigtermAt !== undefined && arrivedAt(request) >= request.task.sigtermAt;
  const kindOf = ({ client }: JoinedRequest): string => `${client.status ?? ''} ${client.name}`;
  const ordinary = new Set(answered.filter((request) => !isAfterSigterm(request)).map(kindOf));
  return run.tasks.flatMap((task) => {
    const refused = answered.filter(
      (request) => request.task === task && (request.client.status ?? 0) >= 400 && isAfterSigterm(request) && !ordinary.has(kindOf(request)),
    );
    if (refused.length < FEW_REFUSALS) return [];
    const statuses = list([...new Set(refused.map(({ client }) => String(client.status)))].toSorted());
    return [
      `${task.name} answered ${statuses} to ${refused.length} requests after SIGTERM; nothing had answered them so before. They count as answered: say with \`expect\` in the requests file what a right answer is.`,
    ];
  });
}

/** What the runtime in the tasks says about how the app is set up; the same words from several tasks once. */
function drains(run: LabRun): readonly string[] {
  const tasksByWarning = new Map<string, string[]>();
  for (const task of run.tasks) {
    for (const warning of drainFacts(task.drainReport)?.warnings ?? [])
      tasksByWarning.set(warning, [...(tasksByWarning.get(warning) ?? []), task.name]);
  }
  return [...tasksByWarning].map(([warning, names]) => `${list(names)}: ${warning}`);
}

function controlPhase({ tolerated, lost, answered }: Account): readonly string[] {
  const found: string[] = [];
  const lostInControl = lost.filter(({ phase }) => phase === 'control');
  if (lostInControl.length > 0) {
    found.push(
      `${count(lostInControl.length, 'request')} lost in the control phase, before any task was taken back: the app loses these without any interruption.`,
    );
  }
  for (const [name, requests] of groupByName(tolerated)) {
    const before = requests.filter(({ phase }) => phase === 'control').length;
    const after = requests.length - before;
    const all = [...requests, ...answered.filter(({ client }) => client.name === name), ...lost.filter(({ client }) => client.name === name)];
    const allBefore = all.filter(({ phase }) => phase === 'control').length;
    const statuses = list([...new Set(requests.map(({ client }) => String(client.status ?? '?')))].toSorted());
    found.push(
      `${name}: the app answered ${statuses} to ${before} of ${thousands(allBefore)} requests in the control phase and to ${after} of ${thousands(all.length - allBefore)} later. What it does anyway is not counted as lost.`,
    );
  }
  const wrong = lostInControl.filter(({ client }) => client.outcome === 'wrong-body');
  if (wrong.length > 0)
    found.push(`Wrong bodies came in the control phase already: check \`expect\` of ${list([...groupByName(wrong).keys()])} in the requests file.`);
  return found;
}

/** How much the run can prove. */
function strength(run: LabRun, account: Account): readonly string[] {
  const interrupted = run.tasks.filter((task) => task.interruptedAt !== undefined);
  if (interrupted.length === 0 && run.faults.length > 0) return [];
  if (interrupted.length === 0) return ['No task was taken back: this run says nothing about interruptions.'];
  const all = [...account.answered, ...account.tolerated, ...account.lost];
  const found: string[] = [];
  if (run.options.tasks === 1)
    found.push('One task alone: when it is taken back, nothing else can answer until a replacement is ready. Run at least two.');
  const firstAt = Math.min(...interrupted.map((task) => task.interruptedAt ?? Infinity));
  const since = all.filter(({ client }) => client.endedAt >= firstAt).length;
  if (since < FEW_REQUESTS)
    found.push(`Only ${count(since, 'request')} since the first interruption: too few to prove much. Raise --rate or --duration.`);
  const spared = interrupted.filter(
    (task) => task.sigtermAt !== undefined && !all.some((request) => arrivalsAt(request, task).some((at) => at >= (task.sigtermAt ?? Infinity))),
  );
  if (spared.length > 0) {
    found.push(
      `${list(spared.map(({ name }) => name))} got no new request after SIGTERM, so the order that loses most was not tried. Try \`--deregister-after 4\`.`,
    );
  }
  return found;
}

function settings({ options }: LabRun): readonly string[] {
  const found: string[] = [];
  const { deregistrationDelayMs, healthCheck } = options.balancer;
  if (deregistrationDelayMs >= options.stopTimeoutMs) {
    found.push(
      `The deregistration delay (${seconds(deregistrationDelayMs)}) is not below the stop timeout (${seconds(options.stopTimeoutMs)}): on AWS an answer may be cut by SIGKILL while the balancer still waits for it.`,
    );
  }
  const noticeMs = healthCheck.intervalMs * healthCheck.unhealthyThreshold;
  if (noticeMs >= options.stopTimeoutMs) {
    found.push(
      `Health checks need ${seconds(noticeMs)} to take a target out, the stop timeout is ${seconds(options.stopTimeoutMs)}: when deregistration is late they do not help. ${noticeMs <= FASTEST_NOTICE_MS ? 'Raise the stop timeout.' : 'Use 5 to 10 s × 2.'}`,
    );
  }
  return found;
}

function generator(run: LabRun): readonly string[] {
  if (latencyIsValid(run) || run.load === undefined) return [];
  const p99 = milliseconds(run.load.latenessMs.p99);
  return [
    `The latency figures are void: the generator sent 1 % of the requests more than ${p99} late (limit ${LATENCY_LATENESS_LIMIT_MS} ms). What was lost is not touched by this.`,
  ];
}

function groupByName(requests: readonly JoinedRequest[]): ReadonlyMap<string, readonly JoinedRequest[]> {
  const groups = new Map<string, JoinedRequest[]>();
  for (const request of requests) {
    const group = groups.get(request.client.name);
    if (group === undefined) groups.set(request.client.name, [request]);
    else group.push(request);
  }
  return groups;
}

const FEW_REQUESTS = 30;
/** 5 s × 2 is the fastest that a target group checks (Elastic Load Balancing, `HealthCheckIntervalSeconds` and `UnhealthyThresholdCount`). */
const FASTEST_NOTICE_MS = 10_000;
/** One or two may be chance. */
const FEW_REFUSALS = 3;

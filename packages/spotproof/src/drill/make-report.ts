import type { StopTimeout } from '@spotproof/controller';
import { VERSION } from '../version.ts';
import { count, seconds } from '../verdict/words.ts';
import { firstToDeregister, type DeregisterNote } from './decisions.ts';
import { exitCodeOf } from './exit-codes.ts';
import { findAll } from './findings/index.ts';
import { limitsOf } from './limits.ts';
import { accountLoad, type DrivenLoad } from './load-account.ts';
import type { DrillOptions } from './options.ts';
import type { DrilledTask, DrillReport, DrillVerdict, EventReport, LoadReport, Replacement, StrengthReport } from './report-document.ts';
import { reachedAt, type TaskTrack, type Timeline } from './timeline.ts';

/** Everything that a drill has gathered. Times are epoch milliseconds. */
export interface DrillFacts {
  readonly options: DrillOptions;
  readonly endpoint: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly timeline: Timeline;
  readonly stopTimeouts: readonly StopTimeout[];
  readonly deregistrationDelays: readonly { readonly targetGroupArn: string; readonly seconds: number }[];
  readonly areEventsWatched: boolean;
  /** Why there was none, or what it recorded. */
  readonly load: DrivenLoad | { readonly why: string };
  /** What the controller wrote; undefined when nobody said where. */
  readonly notes: readonly DeregisterNote[] | undefined;
  readonly wasCancelled: boolean;
  /** AWS could not be watched to the end, and why. */
  readonly blindness: string | undefined;
}

export function makeReport(facts: DrillFacts): DrillReport {
  const { options, startedAt, endedAt, timeline, stopTimeouts, deregistrationDelays } = facts;
  const { service, tasks } = timeline.before;
  const replacements = replacementsOf(facts);
  const load = loadOf(facts);
  const strength = strengthOf(facts);
  const partial = {
    service: {
      cluster: options.cluster,
      name: options.service,
      endpoint: facts.endpoint,
      desiredCount: service.desiredCount,
      spotTasks: tasks.filter(({ capacityProviderName }) => capacityProviderName === 'FARGATE_SPOT').length,
      wasRollingOut: service.isRollingOut,
      stopTimeouts,
      deregistrationDelays,
    },
    plan: {
      count: options.count,
      waves: options.waves,
      intervalMs: options.intervalMs,
      timeoutMs: options.timeoutMs,
      notDone: [
        ...timeline.heldBack.map(({ at, wave, why }) => ({ at: at - startedAt, what: `wave ${wave}`, why })),
        ...timeline.refusedStops.map(({ at, arn, problem }) => ({ at: at - startedAt, what: `stop of ${shortId(arn)}`, why: problem })),
      ],
    },
    strength,
    tasks: timeline.stopped.map((track, index) => taskOf(facts, track, replacements[index]?.id)),
    replacements,
    events: eventsOf(facts),
    load,
  };
  const verdict = verdictOf(facts, load, strength);
  return {
    schema: 'spotproof.drill/1',
    verdict,
    exitCode: exitCodeOf(verdict),
    summary: summaryOf(facts, verdict, load, strength),
    startedAt: new Date(startedAt).toISOString(),
    durationMs: endedAt - startedAt,
    ...partial,
    findings: findAll({ ...partial, messages: messagesSince(facts), wasCancelled: facts.wasCancelled }),
    limits: limitsOf(partial),
    spotproofVersion: VERSION,
  };
}

/** The last part of the ARN, as the console shows it; its first eight characters are enough for a person. */
export function shortId(arn: string): string {
  return (arn.split('/').at(-1) ?? arn).slice(0, 8);
}

function verdictOf({ timeline, wasCancelled, blindness }: DrillFacts, load: LoadReport, strength: StrengthReport): DrillVerdict {
  if (wasCancelled) return 'cancelled';
  if (timeline.stopped.length === 0 || blindness !== undefined) return 'void';
  if (load.driven && load.lost > 0) return 'lost';
  return strength.timeToStrengthMs === undefined ? 'weakened' : 'kept';
}

function summaryOf({ timeline, options, blindness }: DrillFacts, verdict: DrillVerdict, load: LoadReport, strength: StrengthReport): string {
  const stopped = timeline.stopped.length;
  const what = `${count(stopped, 'task')} of ${options.cluster}/${options.service} ${stopped === 1 ? 'was' : 'were'} stopped`;
  const back =
    strength.timeToStrengthMs === undefined
      ? `not back at ${strength.before} serving`
      : strength.lowest >= strength.before
        ? `never below the ${strength.before} that served`
        : `back at strength after ${seconds(strength.timeToStrengthMs)}, lowest ${strength.lowest} of ${strength.before} serving`;
  const requests = load.driven ? `${load.lost} of ${count(load.sent, 'request')} lost` : 'lost requests were not counted';
  switch (verdict) {
    case 'void':
      return stopped === 0
        ? 'No task was stopped, so nothing is shown.'
        : `${what}, and then AWS could not be watched: ${blindness ?? 'no reason given'}`;
    case 'cancelled':
      return `Cancelled: ${what}, ${back} when the watching ended; ${requests}.`;
    case 'kept':
    case 'lost':
    case 'weakened':
      return `${what}: ${back}; ${requests}.`;
  }
}

function strengthOf({ timeline, startedAt, endedAt }: DrillFacts): StrengthReport {
  const { series, firstStopAt } = timeline;
  const before = series[0]?.serving ?? 0;
  const after = series.filter(({ at }) => firstStopAt !== undefined && at >= firstStopAt);
  const lowest = after.reduce((low, point) => (point.serving < low.serving ? point : low), { at: firstStopAt ?? startedAt, serving: before });
  const lastWeak = series.findLastIndex(({ serving }) => serving < before);
  const backAt = lastWeak === -1 ? firstStopAt : series[lastWeak + 1]?.at;
  let outageMs = 0;
  for (const [index, { at, serving }] of series.entries()) if (serving === 0) outageMs += (series[index + 1]?.at ?? endedAt) - at;
  return {
    before,
    lowest: lowest.serving,
    lowestAt: lowest.at - startedAt,
    outageMs,
    timeToStrengthMs: backAt === undefined || firstStopAt === undefined ? undefined : backAt - firstStopAt,
    series: series.map((point) => ({ ...point, at: point.at - startedAt })),
  };
}

function taskOf(facts: DrillFacts, track: TaskTrack, replacement: string | undefined): DrilledTask {
  const { startedAt, stopTimeouts, notes } = facts;
  const { arn, latest, stopRequestedAt = 0, wave = 1, event } = track;
  const since = (at: number | undefined): number | undefined => (at === undefined ? undefined : at - startedAt);
  const stoppingAt = reachedAt(track, 'STOPPING');
  const endedAt = latest.executionStoppedAt;
  return {
    arn,
    id: shortId(arn),
    capacityProviderName: latest.capacityProviderName,
    wave,
    stopRequestedAt: stopRequestedAt - startedAt,
    eventSeenAt: since(event?.seenAt),
    eventDeliveries: event?.deliveries ?? 0,
    drainingAt: since(drainingAt(facts, track)),
    stoppingAt: since(stoppingAt),
    stoppedAt: since(reachedAt(track, 'STOPPED')),
    // The clock of AWS and ours differ, and looks are a second apart.
    ranAfterSigtermMs: stoppingAt === undefined || endedAt === undefined ? undefined : Math.max(0, endedAt - stoppingAt),
    containers: latest.containers.map(({ name, exitCode, reason }) => ({
      name,
      exitCode,
      reason,
      stopTimeoutSeconds: stopTimeouts.find(({ container }) => container === name)?.seconds,
    })),
    killed: latest.containers.some(({ exitCode }) => exitCode === SIGKILLED),
    replacement,
    firstToDeregister: notes === undefined ? undefined : firstToDeregister(arn, notes),
  };
}

/** When the last of its groups let go of it; undefined while one has not. */
function drainingAt({ timeline }: DrillFacts, { targetStates, stopRequestedAt = 0 }: TaskTrack): number | undefined {
  let latest: number | undefined;
  for (const group of timeline.before.targets.keys()) {
    const left = targetStates.find((one) => one.group === group && one.at >= stopRequestedAt && OUT.has(one.state));
    if (left === undefined) return undefined;
    latest = Math.max(latest ?? 0, left.at);
  }
  return latest;
}

function replacementsOf({ timeline, startedAt }: DrillFacts): readonly Replacement[] {
  const { firstStopAt } = timeline;
  if (firstStopAt === undefined) return [];
  return timeline.tracks
    .filter(({ isOriginal, firstSeenAt }) => !isOriginal && firstSeenAt >= firstStopAt)
    .map((track) => {
      const { arn, latest, firstSeenAt, targetStates, stopRequestedAt } = track;
      const runningAt = track.statuses.find(({ status }) => status === 'RUNNING')?.at;
      const healthyAt = targetStates.find(({ state }) => state === 'healthy')?.at;
      const failed =
        stopRequestedAt === undefined && latest.desiredStatus === 'STOPPED' ? (latest.stoppedReason ?? 'for no given reason') : undefined;
      return {
        id: shortId(arn),
        arn,
        capacityProviderName: latest.capacityProviderName,
        firstSeenAt: firstSeenAt - startedAt,
        runningAt: runningAt === undefined ? undefined : runningAt - startedAt,
        healthyAt: healthyAt === undefined ? undefined : healthyAt - startedAt,
        failed,
      };
    });
}

function eventsOf({ areEventsWatched, timeline }: DrillFacts): EventReport {
  if (!areEventsWatched) return { watched: false };
  const delays = timeline.stopped.flatMap(({ event, stopRequestedAt = 0 }) => (event === undefined ? [] : [event.seenAt - stopRequestedAt]));
  return {
    watched: true,
    received: timeline.eventsReceived,
    tasksToldOf: delays.length,
    slowestMs: delays.length === 0 ? undefined : Math.max(...delays),
  };
}

function loadOf({ load, startedAt, timeline }: DrillFacts): LoadReport {
  if ('why' in load) return { driven: false, why: load.why };
  return accountLoad(load, { startedAt, firstStopAt: timeline.firstStopAt });
}

/** What the scheduler has said since the first stop, oldest first. */
function messagesSince({ timeline }: DrillFacts): readonly string[] {
  const since = timeline.firstStopAt;
  // In whole seconds.
  return since === undefined
    ? []
    : timeline.service.messages
        .filter(({ at }) => at >= since - 1_000)
        .map(({ text }) => text)
        .toReversed();
}

/** 128 + SIGKILL. */
const SIGKILLED = 137;
const OUT: ReadonlySet<string> = new Set(['draining', 'unused']);

import { setTimeout as delay } from 'node:timers/promises';
import type { DrillCloud } from '@spotproof/controller';
import { type Clock, isSpotproofError } from '@spotproof/core';
import type { DeregisterNote } from './decisions.ts';
import { listenForEvents, type ReceiveEvents } from './listen.ts';
import type { DrivenLoad } from './load-account.ts';
import { makeReport, shortId } from './make-report.ts';
import type { DrillOptions } from './options.ts';
import { chooseTasks, isRunning, type PlannedWave } from './plan.ts';
import type { DrillReport } from './report-document.ts';
import { servingOf } from './serving.ts';
import { look, type Survey } from './survey.ts';
import { Timeline } from './timeline.ts';

export interface DrillPorts {
  readonly cloud: DrillCloud;
  /** Of the wall: AWS's times are compared with it. */
  readonly clock: Clock;
  /** Undefined: events are not watched. */
  readonly receive: ReceiveEvents | undefined;
  readonly load: DrillLoad | { readonly why: string };
  /** What the controller wrote, read when all is over; undefined when nobody said where. */
  readonly readNotes: (() => Promise<readonly DeregisterNote[]>) | undefined;
  readonly endpoint: string | undefined;
  /** For a person who waits. */
  readonly say: (sentence: string) => void;
}

export interface DrillLoad {
  start(): void;
  /** Sends nothing more and awaits the answers. Never rejects: what became of the tasks must be reported all the same. */
  finish(): Promise<DrivenLoad | { readonly why: string }>;
}

/**
 * Stops tasks as planned, watches what becomes of the service, and reports. Ends when the service is back at strength and every stopped task has
 * stopped, or when the time for that is over, or soon after the signal is aborted: then nothing further is stopped.
 */
export async function runDrill(survey: Survey, options: DrillOptions, ports: DrillPorts, signal: AbortSignal): Promise<DrillReport> {
  const { clock, load, receive } = ports;
  const startedAt = clock.now();
  const timeline = new Timeline({ ...survey.before, at: startedAt });
  const ending = new AbortController();
  const listening = receive === undefined ? undefined : listenForEvents(receive, { timeline, clock, signal: ending.signal });
  let driven: DrivenLoad | { readonly why: string };
  let blindness: string | undefined;
  try {
    if ('start' in load) load.start();
    if ('start' in load || receive !== undefined) await pause(options.controlMs, signal);
    blindness = await playWaves({ survey, options, ports, timeline, signal });
    // An event may be a little later than what it tells of.
    if (receive !== undefined && timeline.stopped.some(({ event }) => event === undefined)) await pause(LATE_EVENTS_MS, signal);
  } finally {
    ending.abort();
    driven = 'start' in load ? await load.finish() : load;
  }
  const deafness = await listening;
  return makeReport({
    options,
    startedAt,
    endedAt: clock.now(),
    timeline,
    endpoint: ports.endpoint,
    stopTimeouts: survey.stopTimeouts,
    deregistrationDelays: survey.deregistrationDelays,
    areEventsWatched: receive !== undefined,
    load: driven,
    notes: await ports.readNotes?.(),
    wasCancelled: signal.aborted,
    blindness: blindness ?? deafness,
  });
}

interface Play {
  readonly survey: Survey;
  readonly options: DrillOptions;
  readonly ports: DrillPorts;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

/** Resolves to why AWS could not be watched to the end, if it could not. */
async function playWaves(play: Play): Promise<string | undefined> {
  const { survey, options, ports, timeline, signal } = play;
  const { clock, say } = ports;
  const beganAt = clock.now();
  const waves = [...survey.waves];
  let failures = 0;
  for (;;) {
    const wave = waves[0];
    if (wave !== undefined && clock.now() >= beganAt + wave.atMs && !signal.aborted) {
      waves.shift();
      await playWave(play, wave);
    }
    try {
      timeline.see(await look(ports.cloud, clock, { ...options, stopped: timeline.tracks.filter(isWorthALook).map(({ arn }) => arn) }));
      failures = 0;
    } catch (error) {
      if (!isSpotproofError(error)) throw error;
      failures += 1;
      if (!error.retryable || failures === MOST_FAILURES) return error.message;
    }
    if (signal.aborted) return undefined;
    const [next] = waves;
    if (next === undefined) {
      if (failures === 0 && isOver(timeline, survey)) return undefined;
      const lastAt = beganAt + (survey.waves.at(-1)?.atMs ?? 0);
      if (clock.now() >= lastAt + options.timeoutMs) {
        say('The time is over.');
        return undefined;
      }
    }
    const untilWaveMs = next === undefined ? Infinity : beganAt + next.atMs - clock.now();
    await pause(Math.min(lookEveryMs(timeline), Math.max(0, untilWaveMs)), signal);
  }
}

async function playWave({ options, ports, timeline, signal }: Play, wave: PlannedWave): Promise<void> {
  const { cloud, clock, say } = ports;
  const chosen = chooseTasks(timeline.latest.tasks, wave.count);
  const running = timeline.latest.tasks.filter(isRunning).length;
  // The first was looked at before the drill was let begin; what has happened since may have left fewer.
  const wouldLeaveNone = running - chosen.length < 1 || (wave.number > 1 && servingOf(timeline.latest) - chosen.length < 1);
  if (chosen.length === 0 || (wouldLeaveNone && !options.permissions.outage)) {
    const why =
      chosen.length === 0 ? 'no task ran that could be stopped' : `it would have left none: ${running} ran, and ${chosen.length} were to be stopped`;
    timeline.heldBack.push({ at: clock.now(), wave: wave.number, why });
    say(`Wave ${wave.number} is held back: ${why}.`);
    return;
  }
  say(`Wave ${wave.number}: stopping ${chosen.map(({ arn }) => shortId(arn)).join(', ')}.`);
  for (const { arn } of chosen) {
    if (signal.aborted) return;
    const at = clock.now();
    try {
      await cloud.stopTask(options.cluster, arn, SPOT_REASON);
      timeline.stopRequested(arn, wave.number, at);
    } catch (error) {
      if (!isSpotproofError(error)) throw error;
      timeline.refusedStops.push({ at, arn, problem: error.message });
      say(error.message);
    }
  }
}

/** Every stopped task has stopped, and as many serve as before. Nothing to wait for when nothing could be stopped. */
function isOver(timeline: Timeline, { serving }: Survey): boolean {
  const { stopped, latest } = timeline;
  return stopped.every((track) => track.latest.lastStatus === 'STOPPED') && servingOf(latest) >= serving;
}

/** A task that has stopped does not change any more. */
function isWorthALook({ latest }: { readonly latest: { readonly lastStatus: string } }): boolean {
  return latest.lastStatus !== 'STOPPED';
}

/**
 * Once a second for a service of ordinary size. A look takes one call for the service and each group, and two for each hundred tasks; DescribeTargetHealth
 * shares a bucket that fills by 10 a second, reads of tasks one that fills by 20 (API throttling pages of ECS and Elastic Load Balancing). A quarter of
 * that is ours.
 */
function lookEveryMs({ latest }: Timeline): number {
  const taskCalls = 2 * Math.ceil(Math.max(1, latest.tasks.length) / 100);
  return 1_000 * Math.max(1, Math.ceil(latest.targets.size / 2.5), Math.ceil(taskCalls / 5));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Aborted: not waited for, which is what was wanted.
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {});
}

/** What AWS writes for an interruption; rules that match it fire. */
const SPOT_REASON = 'Your Spot Task was interrupted.';
/** Looks that fail one after the other, each already retried by the SDK. */
const MOST_FAILURES = 5;
const LATE_EVENTS_MS = 5_000;

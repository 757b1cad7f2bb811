import type { Server as NetServer } from 'node:net';
import type { SharedLifecycle } from '../life/lifecycle.ts';
import { sharedLifecycle } from '../life/shared.ts';
import { bootWarning } from '../platform/boot-warning.ts';
import type { ProcessDoor } from '../process/door.ts';
import { withoutBadEnvironment, type Settings } from '../process/settings.ts';
import { isMainThread } from '../process/threads.ts';
import { AppHold } from './app-hold.ts';

/** Protects a server that the app opens right now; the first one wakes everything up. An error of ours must never keep the app from listening. */
export function protectOpened(server: NetServer, door: ProcessDoor): void {
  try {
    awake ??= wake(door);
    if (!awake.isGuarded(server)) awake.guard(server, { readiness: undefined, liveness: undefined });
  } catch (error) {
    sayOnce(door, `this process is not protected: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The app has started a cluster worker: whatever this process does itself, it is told when the service ends. */
export function protectCluster(door: ProcessDoor): void {
  protectCrew(door, 'cluster workers');
}

/** A thread has a server or work of its own, and only this one, the main thread, hears signals. */
export function protectThreads(door: ProcessDoor): void {
  protectCrew(door, 'worker threads');
}

function protectCrew(door: ProcessDoor, what: string): void {
  try {
    if (awake !== undefined) return;
    awake = wake(door);
    sayOnce(door, announcement(what, awake.settings, holds(door)));
  } catch (error) {
    sayOnce(door, `this process is not protected: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function wake(realDoor: ProcessDoor): SharedLifecycle {
  const { door, problems } = withoutBadEnvironment(realDoor);
  const life = sharedLifecycle(door);
  life.configure({});
  const obstacle = bootWarning({ door, isPreload: true });
  if (obstacle !== undefined) life.warn(obstacle);
  for (const problem of problems) {
    door.writeError(`spotproof: ${problem}`);
    life.warn(problem);
  }
  const hold = holds(door);
  // A thread gets no signals, and its `process.exit` ends nothing but itself.
  if (hold && isMainThread) life.useHold(new AppHold({ now: () => life.now(), signalled: (signal) => life.signalled(signal) }));
  life.whenListening((server, warning) => {
    // Of a cluster or a process with threads the first one speaks for all.
    if (!life.hasSuperior) sayOnce(door, announcement(whereOf(server), life.settings, hold));
    if (warning !== undefined) door.writeError(`spotproof: ${warning}`);
  });
  return life;
}

function holds(door: ProcessDoor): boolean {
  return door.env('SPOTPROOF_HOLD') !== 'off';
}

function whereOf(server: NetServer): string {
  const address = server.address();
  return typeof address === 'string' ? address : `port ${address?.port ?? '?'}`;
}

function announcement(where: string, settings: Settings, hold: boolean): string {
  const budget = `${settings.budgetMs / 1000} s (${settings.budgetFrom === 'default' ? 'the default; SPOTPROOF_STOP_TIMEOUT tells it' : settings.budgetFrom})`;
  const held = hold ? "the app's own signal handlers and process.exit wait until then" : 'holding nothing back';
  return `draining on SIGTERM is on, ${where}, stop timeout ${budget}; ${held}. SPOTPROOF=off switches it off.`;
}

function sayOnce(door: ProcessDoor, sentence: string): void {
  if (said.has(sentence) || said.size > 0) return;
  said.add(sentence);
  door.writeError(`spotproof: ${sentence}`);
}

let awake: SharedLifecycle | undefined;
const said = new Set<string>();

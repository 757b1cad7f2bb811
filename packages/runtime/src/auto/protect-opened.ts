import type { ProtectableServer } from '../http/protectable-server.ts';
import type { SharedLifecycle } from '../life/lifecycle.ts';
import { sharedLifecycle } from '../life/shared.ts';
import { bootWarning } from '../platform/boot-warning.ts';
import type { ProcessDoor } from '../process/door.ts';
import { withoutBadEnvironment, type Settings } from '../process/settings.ts';
import { AppHold } from './app-hold.ts';

/** Protects a server that the app opens right now; the first one wakes everything up. An error of ours must never keep the app from listening. */
export function protectOpened(server: ProtectableServer, door: ProcessDoor): void {
  try {
    if (door.isClusterWorker()) {
      sayOnce(door, 'cluster workers are not supported yet, so this worker is not protected.');
      return;
    }
    awake ??= wake(door);
    if (!awake.isGuarded(server)) awake.guard(server, { readiness: undefined, liveness: undefined });
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
  const hold = door.env('SPOTPROOF_HOLD') !== 'off';
  if (hold) life.useHold(new AppHold({ now: () => life.now(), signalled: (signal) => life.signalled(signal) }));
  life.whenListening((server, warning) => {
    sayOnce(door, announcement(server, life.settings, hold));
    if (warning !== undefined) door.writeError(`spotproof: ${warning}`);
  });
  return life;
}

function announcement(server: ProtectableServer, settings: Settings, hold: boolean): string {
  const address = server.address();
  const where = typeof address === 'string' ? address : `port ${address?.port ?? '?'}`;
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

import { readAncestors, readArgv } from './ancestors.ts';
import { findObstacle, HANDED_ON_BY, launcherOf, managersIn, obstacleSentence } from './signal-obstacle.ts';

/**
 * A sentence for a person when SIGTERM cannot reach this process, naming the fix; undefined when all is well. Reads a few lines of /proc, in less than
 * a millisecond.
 *
 * @param options.isPreload This code came by itself into whatever Node runs: package managers are not the app, and of several Node programs in
 *   a row the first one says it.
 */
export function bootWarning(options: { readonly door: Door; readonly isPreload: boolean }): string | undefined {
  const { door } = options;
  if (door.pid === 1 || door.env('SPOTPROOF_BOOT_CHECK') === 'off') return undefined;
  const obstacle = findObstacle(readAncestors());
  if (obstacle === undefined) return undefined;
  if (!obstacle.isBlocked && managersIn(door.env(HANDED_ON_BY)).includes(obstacle.pid)) return undefined;
  if (options.isPreload && (obstacle.isAboveAnotherNode || launcherOf(readArgv('self') ?? []) !== undefined)) return undefined;
  return obstacleSentence(obstacle);
}

/** True in npm, yarn, pnpm and what comes with them, when they run on Node. */
export function isPackageManager(): boolean {
  return launcherOf(readArgv('self') ?? [])?.type === 'package-manager';
}

/** What is needed of the process. */
interface Door {
  readonly pid: number;
  env(name: string): string | undefined;
}

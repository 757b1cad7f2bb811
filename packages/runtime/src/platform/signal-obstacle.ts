import path from 'node:path';
import type { ProcessFacts } from './ancestors.ts';

/** A process that keeps SIGTERM from the app. */
export interface SignalObstacle {
  /** How it is called, such as `npm start`; without its further arguments, which may hold secrets. */
  readonly name: string;
  readonly pid: number;
  /** What to do about it, in one sentence that begins with a verb. */
  readonly fix: string;
  /** Another Node program lies between it and this process, and is the first one concerned. */
  readonly isAboveAnotherNode: boolean;
  /** It turns no loop while it waits, so that no code in it can hand a signal on: pnpm that runs the version of itself which the project asks for. */
  readonly isBlocked: boolean;
}

/**
 * Finds the shell, package manager or `node --run` that a container starts instead of the app. ECS sends the stop signal to PID 1 alone: such a process
 * either keeps it or dies of it without telling the app. Looks from PID 1 downward through init processes; if a program of another kind comes first,
 * what lies below is that program's business. So a laptop, whose PID 1 is neither, is never accused, nor is a session that was opened into
 * a container from outside, whose ancestors do not reach PID 1.
 *
 * @param ancestors The processes above this one, its parent first.
 */
export function findObstacle(ancestors: readonly ProcessFacts[]): SignalObstacle | undefined {
  const fromTop = ancestors.toReversed();
  if (fromTop[0]?.pid !== 1) return undefined;
  if (fromTop.some(({ argv }) => argv.some((argument) => EXEC.test(baseName(argument))))) return undefined;
  const index = fromTop.findIndex(({ argv }) => !isInit(argv));
  const suspect = fromTop[index];
  const kind = suspect === undefined ? undefined : launcherOf(suspect.argv);
  if (suspect === undefined || kind === undefined) return undefined;
  const isBlocked = [suspect, fromTop[index + 1]].every((entry) => entry !== undefined && PNPM.test(launcherOf(entry.argv)?.name ?? ''));
  const isAboveAnotherNode = fromTop.slice(index + 1).some(({ argv }) => isNode(argv) && launcherOf(argv) === undefined);
  return { name: kind.name, pid: suspect.pid, fix: FIXES[isBlocked ? 'node-run' : kind.type], isAboveAnotherNode, isBlocked };
}

export function obstacleSentence({ name, pid, fix }: SignalObstacle): string {
  const place = pid === 1 ? `PID 1 is \`${name}\`` : `\`${name}\` (PID ${pid}) stands between PID 1 and this app`;
  return `SIGTERM will not reach this app: ${place}, which does not hand it on, so the app would be killed in the middle of its work. ${fix}`;
}

/** The package managers above a process that hand the stop signal on, by PID; from the value of {@link HANDED_ON_BY} in its environment. */
export function managersIn(value: string | undefined): readonly number[] {
  return value === undefined || value === '' ? [] : value.split(',').map(Number);
}

type LauncherType = 'shell-command' | 'shell-script' | 'package-manager' | 'node-run';

/** What starts another program and stays above it; undefined for any other process. */
export function launcherOf(argv: readonly string[]): { readonly type: LauncherType; readonly name: string } | undefined {
  // `npm start` gives itself a title: one argument with a space in it.
  const [program = '', ...rest] = [...(argv[0] ?? '').split(' '), ...argv.slice(1)].filter((word) => word !== '');
  const name = baseName(program).replace(/^-/, '');
  if (name === 'busybox') return launcherOf(rest);
  if (SHELLS.has(name)) return shell(name, rest);
  if (MANAGER.test(name)) return { type: 'package-manager', name: [name, ...subcommand(rest)].join(' ') };
  if (!isNode(argv)) return undefined;
  const run = rest.findIndex((argument) => argument === '--run' || argument.startsWith('--run='));
  const scriptIndex = scriptAt(rest);
  if (run !== -1 && (scriptIndex === -1 || run < scriptIndex)) {
    const script = rest[run]?.split('=')[1] ?? rest[run + 1];
    return { type: 'node-run', name: ['node --run', ...subcommand([script ?? ''])].join(' ') };
  }
  const [, manager] = MANAGER.exec(baseName(rest[scriptIndex] ?? '')) ?? [];
  return manager === undefined ? undefined : { type: 'package-manager', name: [manager, ...subcommand(rest.slice(scriptIndex + 1))].join(' ') };
}

function shell(name: string, rest: readonly string[]): { readonly type: LauncherType; readonly name: string } | undefined {
  const first = rest.findIndex((argument) => !argument.startsWith('-') && !argument.startsWith('+'));
  const options = first === -1 ? rest : rest.slice(0, first);
  if (options.some((option) => /^-[a-z]*c[a-z]*$/.test(option))) return { type: 'shell-command', name: `${name} -c …` };
  // Without a script somebody is typing.
  const script = rest[first];
  return script === undefined ? undefined : { type: 'shell-script', name: `${name} ${baseName(script)}` };
}

/** `npm run start` and `npm start` keep their words; anything that could be more than a name does not. */
function subcommand(rest: readonly string[]): readonly string[] {
  const words = rest.filter((word) => /^[\w:.-]{1,40}$/.test(word) && !word.startsWith('-'));
  return words.slice(0, words[0] === 'run' ? 2 : 1);
}

function scriptAt(rest: readonly string[]): number {
  for (let index = 0; index < rest.length; index += 1) {
    const argument = rest[index] ?? '';
    if (WITH_VALUE.has(argument)) index += 1;
    else if (!argument.startsWith('-')) return index;
  }
  return -1;
}

function isNode(argv: readonly string[]): boolean {
  return /^node(?:js)?(?:\d+)?$/.test(baseName(argv[0] ?? ''));
}

function isInit(argv: readonly string[]): boolean {
  return INITS.has(baseName(argv[0] ?? '')) || argv[0] === '/dev/init';
}

function baseName(program: string): string {
  return path.posix.basename(program);
}

/** Set by the preload in a package manager, for what its scripts run. */
export const HANDED_ON_BY = 'SPOTPROOF_HANDED_ON_BY';

const FIXES: Readonly<Record<LauncherType, string>> = {
  'shell-command':
    'Use the exec form with node itself, CMD ["node", "server.js"], or put `exec` in front of the last command of the shell, or start it under `spotproof-exec --`.',
  'shell-script': 'Start the app with `exec node server.js` on the last line of the script, or start the script under `spotproof-exec --`.',
  'package-manager':
    'Start node itself, CMD ["node", "server.js"], with what the script in package.json runs, or give the package manager the preload as well, ENV NODE_OPTIONS="--import @spotproof/runtime/auto".',
  'node-run':
    'Start node itself, CMD ["node", "server.js"], with what the script in package.json runs, or keep the script and start it under `spotproof-exec --`.',
};
const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh']);
/** With the name of the file under which Node runs it: `npm-cli.js`, `yarn-4.9.1.cjs`, `pnpm.cjs`. */
const MANAGER = /^(npm|npx|yarn|yarnpkg|pnpm|pnpx|corepack)(?:-cli)?(?:-[\d.]+)?(?:\.[cm]?js)?$/;
const PNPM = /^pnpm\b/;
const INITS = new Set(['tini', 'tini-static', 'dumb-init', 'docker-init', 'catatonit']);
const EXEC = /^spotproof-exec(?:\.[cm]?js)?$/;
const WITH_VALUE = new Set(['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C', '--env-file', '--title']);

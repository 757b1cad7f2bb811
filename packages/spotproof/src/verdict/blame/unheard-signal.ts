import type { LabRun, LabTask } from '../lab-run.ts';
import { OBSERVATION_SLACK_MS } from './facts.ts';
import type { Explanation } from './types.ts';

/** Says why SIGTERM cannot have reached the code of the task's app; undefined when there is no reason to think so. */
export function unheardSignal(run: LabRun, task: LabTask): Explanation | undefined {
  if (task.sigtermAt === undefined || task.drainReport !== undefined) return undefined;
  const wrapper = wrapperOf(run.options.command);
  if (ignoredToTheEnd(task)) {
    if (wrapper !== undefined) {
      return { sentence: `\`${wrapper}\` is the first process and did not pass SIGTERM on to the app`, fix: startTheAppItself(wrapper) };
    }
    return {
      sentence: `nothing reacted to SIGTERM${run.pidNamespaces ? ' (the kernel drops signals that the first process of a container does not handle)' : ''}`,
      fix: `Handle SIGTERM in the app.${run.options.protect ? '' : ' On Node, `--import @spotproof/runtime/auto` does this without a change of code; try it with `--protect`.'}`,
    };
  }
  const diedAtOnce = task.exitedAt !== undefined && task.exitedAt - task.sigtermAt < AT_ONCE_MS && !task.killed;
  if (!diedAtOnce) return undefined;
  if (wrapper !== undefined) {
    return {
      sentence: `SIGTERM ended \`${wrapper}\`, and the app went down with it before its own handler could run`,
      fix: startTheAppItself(wrapper),
    };
  }
  if (task.exitSignal === 'SIGTERM' || task.exitCode === 143) {
    return {
      sentence: 'nothing handled SIGTERM, so it ended the process at once',
      fix: `Handle SIGTERM in the app.${run.options.protect ? '' : ' On Node, `--import @spotproof/runtime/auto` does this without a change of code; try it with `--protect`.'}`,
    };
  }
  return undefined;
}

/** SIGKILL found it with its port still open, as if nothing had been said. */
function ignoredToTheEnd(task: LabTask): boolean {
  if (!task.killed) return false;
  const end = task.sigkillAt ?? task.exitedAt ?? Infinity;
  return task.listenerClosedAt === undefined || task.listenerClosedAt >= end - OBSERVATION_SLACK_MS;
}

/** The package manager or shell that stands between the container and the app, as a person would write it. */
function wrapperOf(command: readonly string[]): string | undefined {
  const [program = '', first = '', second = ''] = command;
  const name = program.split('/').at(-1) ?? program;
  if (PACKAGE_MANAGERS.has(name)) return `${name} ${first}`.trim();
  if (SHELLS.has(name)) {
    if (first === '-c' && /(?:^|[;&|]\s*|&&\s*)exec\s[^;&|]*$/.test(second)) return undefined;
    return first === '-c' ? `${name} -c` : name;
  }
  return name === 'node' && first === '--run' ? 'node --run' : undefined;
}

function startTheAppItself(wrapper: string): string {
  const inShell = wrapper.endsWith('-c') ? ', or put `exec` before the last command of the shell' : '';
  return `Make the app the first process of its container: CMD ["node", "server.js"] instead of \`${wrapper}\`${inShell}.`;
}

/** No handler of an HTTP server does anything useful in less. */
const AT_ONCE_MS = 1000;
const PACKAGE_MANAGERS: ReadonlySet<string> = new Set(['npm', 'npx', 'yarn', 'pnpm', 'pnpx', 'bun', 'bunx']);
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);

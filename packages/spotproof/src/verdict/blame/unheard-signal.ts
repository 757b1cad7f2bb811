import type { LabRun, LabTask } from '../lab-run.ts';
import { firstProcessHeard } from './reactions.ts';
import type { Explanation, Facts } from './types.ts';

/**
 * Says how SIGTERM seems to have missed the code of the task's app; undefined when anything speaks against it. No record can prove that a handler did not run, so what
 * it says is what was seen.
 */
export function unheardSignal(facts: Facts, task: LabTask): Explanation | undefined {
  const { run } = facts;
  if (task.sigtermAt === undefined || task.drainReport !== undefined) return undefined;
  const wrapper = hasGivenWay(run, task) ? undefined : wrapperOf(run.options.command);
  if (task.killed) {
    // A shell that waits for a program without a handler is sure to have kept the signal.
    if (wrapper !== undefined && task.handlesSigterm === false && SHELLS.has(task.firstProcess ?? ''))
      return { sentence: `\`${wrapper}\` is the first process and did not pass SIGTERM on to the app`, fix: startTheAppItself(wrapper) };
    if (facts.reactionsOf(task).length > 0) return undefined;
    if (wrapper !== undefined) {
      return {
        sentence: `\`${wrapper}\` is the first process, and nothing shows that it passed SIGTERM on to the app`,
        fix: startTheAppItself(wrapper),
      };
    }
    if (firstProcessHeard(run, task) !== undefined) return undefined;
    return {
      sentence:
        'nothing reacted to SIGTERM that could be seen from outside (the kernel drops signals that the first process of a container does not handle)',
      fix: handleSigterm(run),
    };
  }
  const diedAtOnce = task.exitedAt !== undefined && task.exitedAt - task.sigtermAt < AT_ONCE_MS;
  if (!diedAtOnce) return undefined;
  if (wrapper !== undefined) {
    return { sentence: `SIGTERM went to \`${wrapper}\`, the first process, and the app went down with it at once`, fix: startTheAppItself(wrapper) };
  }
  if (task.exitSignal === 'SIGTERM')
    return { sentence: 'SIGTERM ended the process at once, as it does where nothing handles it', fix: handleSigterm(run) };
  return undefined;
}

function handleSigterm({ options }: LabRun): string {
  return `Handle SIGTERM in the app.${options.protect ? '' : ' On Node, `--import @spotproof/runtime/auto` does this without a change of code; try it with `--protect`.'}`;
}

/** The command is a shell, and the first process was not, or no longer: many shells replace themselves by the last program that they are to run. */
function hasGivenWay({ options }: LabRun, { firstProcess }: LabTask): boolean {
  return SHELLS.has(nameOf(options.command)) && firstProcess !== undefined && !SHELLS.has(firstProcess);
}

/** The package manager or shell that stands between the container and the app, as a person would write it. */
function wrapperOf(command: readonly string[]): string | undefined {
  const [, first = '', second = ''] = command;
  const name = nameOf(command);
  if (PACKAGE_MANAGERS.has(name)) return `${name} ${first}`.trim();
  if (SHELLS.has(name)) {
    if (first === '-c' && /(?:^|[;&|]\s*|&&\s*)exec\s[^;&|]*$/.test(second)) return undefined;
    return first === '-c' ? `${name} -c` : name;
  }
  return name === 'node' && first === '--run' ? 'node --run' : undefined;
}

function nameOf([program = '']: readonly string[]): string {
  return program.split('/').at(-1) ?? program;
}

function startTheAppItself(wrapper: string): string {
  const inShell = wrapper.endsWith('-c') ? ', or put `exec` before the last command of the shell' : '';
  return `Make the app the first process of its container: CMD ["node", "server.js"] instead of \`${wrapper}\`${inShell}.`;
}

/** No handler of an HTTP server does anything useful in less. */
const AT_ONCE_MS = 1000;
const PACKAGE_MANAGERS: ReadonlySet<string> = new Set(['npm', 'npx', 'yarn', 'pnpm', 'pnpx', 'bun', 'bunx']);
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);

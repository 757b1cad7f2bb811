import { spawn, type ChildProcess } from 'node:child_process';
import { findExecutable } from './find-executable.ts';
import { childrenOf } from './process-tree.ts';

/**
 * How tasks are kept apart and never outlive the lab.
 *
 * - `pid-namespace`: each task is PID 1 of a PID namespace of its own, as in a container, which dies with the lab.
 * - `keeper`: a small process of ours runs the command in a process group of its own and kills the group when the lab is gone. Not the same as a
 *   container: without a SIGTERM handler the command dies at once instead of ignoring the signal, and a shell or npm may leave the app behind.
 */
export type Isolation = { readonly kind: 'pid-namespace'; readonly prefix: readonly string[] } | { readonly kind: 'keeper'; readonly why: string };

/** Tries what this system allows, by doing it. */
export async function findIsolation(mode: 'auto' | 'off'): Promise<Isolation> {
  if (mode === 'off') return { kind: 'keeper', why: 'they were switched off' };
  const tools = ['setpriv', 'sh', 'unshare'].map((tool) => findExecutable(tool, { cwd: '/', searchPath: process.env['PATH'] }));
  const [setpriv, shell, unshare] = tools.map((tool) => (tool.found ? tool.file : undefined));
  if (setpriv === undefined || shell === undefined || unshare === undefined) {
    return { kind: 'keeper', why: `this system lacks ${tools.flatMap((tool) => (tool.found ? [] : [tool.file])).join(' and ')}` };
  }
  let why = '';
  for (const userOptions of USER_OPTIONS) {
    const prefix = namespacePrefix({ setpriv, shell, unshare, userOptions });
    const attempt = await tryPrefix(prefix);
    if (attempt.works) return { kind: 'pid-namespace', prefix };
    why = attempt.why;
  }
  return { kind: 'keeper', why };
}

/**
 * `setpriv` ends the task when the lab ends; the shell ends it when the lab had ended before that took hold (its parent is another process then);
 * `--kill-child` hands the end on to PID 1, and with PID 1 the kernel ends everything else in the namespace. It takes hold some milliseconds after PID 1 is
 * there, so PID 1 is a shell at first, which looks whether `unshare` still lives, through a file of the outer /proc that was opened before.
 */
function namespacePrefix(options: {
  readonly setpriv: string;
  readonly shell: string;
  readonly unshare: string;
  readonly userOptions: readonly string[];
}): readonly string[] {
  const { setpriv, shell, unshare, userOptions } = options;
  const onlyUnderTheLab = '[ "$PPID" = "$0" ] || exit 1; exec "$@" 3</proc/self/status';
  const onlyUnderUnshare =
    'while read -r key value; do [ "$key" = State: ] && state=$value; done <&3; exec 3<&-; case $state in ""|[ZX]*) exit 1; esac; exec "$@"';
  const endsWithTheLab = [setpriv, '--pdeathsig', 'KILL', shell, '-c', onlyUnderTheLab, String(process.pid)];
  const asFirstProcess = [unshare, ...userOptions, '--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--'];
  return [...endsWithTheLab, ...asFirstProcess, shell, '-c', onlyUnderUnshare, 'sh'];
}

/** Works when the command finds itself to be PID 1, and its outer process id can be found for signals. */
async function tryPrefix(prefix: readonly string[]): Promise<{ readonly works: boolean; readonly why: string }> {
  const [program = '', ...args] = prefix;
  const child = spawn(program, [...args, 'sh', '-c', 'echo "pid $$"; read line'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const output = collect(child);
  const deadline = setTimeout(() => child.kill('SIGKILL'), PROBE_DEADLINE_MS);
  try {
    await Promise.race([output.firstLine, ended]);
    const isFirst = output.text().startsWith('pid 1\n');
    const canSignal = child.pid !== undefined && childrenOf(child.pid).length === 1;
    if (isFirst && canSignal) return { works: true, why: '' };
    const reason = output.errors().trim().split('\n').at(-1) ?? '';
    return { works: false, why: isFirst ? 'the system does not tell the children of a process' : reason || 'a new PID namespace did not answer' };
  } finally {
    clearTimeout(deadline);
    child.stdin?.destroy();
    child.kill('SIGKILL');
    await ended;
  }
}

function collect(child: ChildProcess): { readonly firstLine: Promise<void>; text(): string; errors(): string } {
  let [text, errors] = ['', ''];
  child.stdin?.on('error', () => {});
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const firstLine = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve();
    });
  });
  return { firstLine, text: () => text, errors: () => errors };
}

/** As root none are needed. Else a user namespace, in which the app stays who it is if possible: some programs refuse to run as root. */
const USER_OPTIONS: readonly (readonly string[])[] = [[], ['--user', '--map-current-user'], ['--user', '--map-root-user']];
const PROBE_DEADLINE_MS = 5000;

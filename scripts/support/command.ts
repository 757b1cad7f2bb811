import { type ChildProcess, spawn } from 'node:child_process';
import { ROOT } from './workspace.ts';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The command and everything it started in its own session is killed after this time. */
  readonly limitMs: number;
  /** The last this many characters of output are kept. */
  readonly keptCharacters?: number;
}

export interface CommandResult {
  /** Exit status, or null when a signal ended it or it never started. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** Standard output and standard error as they came. */
  readonly output: string;
  /** Standard output alone, for commands whose answer is parsed. */
  readonly stdout: string;
  readonly durationMs: number;
  /** Process id, which is also the id of the command's session and process group; undefined when it never started. */
  readonly pid: number | undefined;
}

/** Runs a command without a terminal and without input, and says all that happened to it. Never throws for a failure of the command. */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const startedAt = performance.now();
  const child = spawn(options.command, options.args, {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own, so that one signal reaches the command and all it started.
    detached: true,
  });
  const forget = killWithParent(child.pid);
  const kept = options.keptCharacters ?? 400_000;
  let output = '';
  let stdout = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-kept);
    stdout = (stdout + text).slice(-kept);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-kept);
  });

  const limit = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, options.limitMs);
  const end = await ended(child, (error) => (output += `\n${error.message}`));
  clearTimeout(limit);
  child.stdout.destroy();
  child.stderr.destroy();
  forget();
  return { ...end, timedOut, output, stdout, durationMs: performance.now() - startedAt, pid: child.pid };
}

interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `exit`, then `close` or a bounded wait for it: a process that the command left behind may hold the pipes open for ever. */
function ended(child: ChildProcess, onFailedStart: (error: Error) => void): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      onFailedStart(error);
      resolve({ status: null, signal: null });
    });
    child.on('exit', (status, signal) => {
      const pipesLeftOpen = setTimeout(() => resolve({ status, signal }), PIPES_MS);
      child.on('close', () => {
        clearTimeout(pipesLeftOpen);
        resolve({ status, signal });
      });
    });
  });
}

/** How long output is still read after the command itself has ended. */
const PIPES_MS = 1_000;

const running = new Set<number>();

/** Ctrl-C and a terminated CI job must not leave the detached groups behind. */
function killWithParent(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  if (running.size === 0 && !handlersInstalled) {
    handlersInstalled = true;
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => {
        for (const group of running) killGroup(group);
        process.exit(status);
      });
    }
  }
  running.add(pid);
  return () => void running.delete(pid);
}
let handlersInstalled = false;

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

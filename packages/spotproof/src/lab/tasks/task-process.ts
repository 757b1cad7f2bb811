import { fork, spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { modulePath } from '../module-path.ts';
import { epochNow } from '../../epoch.ts';
import { ANNOUNCEMENT } from '../protection.ts';
import type { Isolation } from './isolation.ts';
import type { KeeperCommand, KeeperReport } from './keeper-protocol.ts';
import { TaskOutput } from './output.ts';
import { childrenOf } from './process-tree.ts';
import { SignalWitness } from './signal-handling.ts';

/** The containers of one task: the user's command, running. */
export interface TaskProcess {
  readonly port: number;
  readonly output: TaskOutput;
  /** Resolves when the command and everything that it started have ended, and their output is read; never rejects. */
  readonly ended: Promise<TaskEnd>;
  /** Set at the moment of the end. */
  readonly end: TaskEnd | undefined;
  /** The process that the command is, as this system numbers it; undefined when there is none (any more). */
  pid(): number | undefined;
  /** The name of the first process when it was sent SIGTERM; undefined before that, and where the system does not tell. */
  readonly firstProcess: string | undefined;
  /** Whether the first process had a handler for SIGTERM when SIGKILL was about to come; undefined before that, and where the system does not tell. */
  readonly handlesSigterm: boolean | undefined;
  /** SIGTERM goes to the first process of the task, SIGKILL to all of them. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface TaskEnd {
  readonly at: number;
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface TaskProcessOptions {
  readonly isolation: Isolation;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly outputPath: string;
}

export function startTaskProcess(options: TaskProcessOptions): TaskProcess {
  return options.isolation.kind === 'pid-namespace' ? startInNamespace(options, options.isolation.prefix) : startUnderKeeper(options);
}

/** Processes of their own session: Ctrl-C on the terminal must reach the lab only, or the app would drain while it is being cleared away. */
function startInNamespace(options: TaskProcessOptions, prefix: readonly string[]): TaskProcess {
  const [program = '', ...args] = prefix;
  const child = spawn(program, [...args, ...options.command], {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = new TaskOutput(options.outputPath, ANNOUNCEMENT);
  output.read(child.stdout);
  output.read(child.stderr);
  const seen = new SignalWitness();
  const end = ending(child, (started, resolve) => {
    started.once('error', () => resolve(127, undefined));
    // `unshare` ends after its child, with noise of its own when that was killed: our own knowledge of a kill is better. Only 0 means that it came too late.
    started.once('exit', (code, signal) =>
      seen.wasKilled && code !== 0 ? resolve(KILLED, 'SIGKILL') : resolve(code ?? undefined, signal ?? undefined),
    );
  });
  // The task is remembered when its process and its pipes are long gone.
  let running: ChildProcess | undefined = child;
  void end.promise.finally(() => {
    running = undefined;
  });
  const pid = (): number | undefined => (running?.pid === undefined || end.value !== undefined ? undefined : childrenOf(running.pid)[0]);
  return {
    port: options.port,
    output,
    ended: end.promise,
    get end() {
      return end.value;
    },
    pid,
    get firstProcess() {
      return seen.firstProcess;
    },
    get handlesSigterm() {
      return seen.handlesSigterm;
    },
    signal: (signal) => {
      if (end.value !== undefined) return;
      const first = pid();
      if (signal === 'SIGTERM') output.noteSigterm();
      seen.look(signal, first);
      if (first !== undefined) sendSignal(first, signal);
      // No PID 1 yet: it was told before it began. Ending the outer process ends what it may have become.
      else if (signal === 'SIGKILL') running?.kill('SIGKILL');
      else void signalOnceStarted(pid, () => end.value !== undefined);
    },
  };
}

function startUnderKeeper(options: TaskProcessOptions): TaskProcess {
  // The keeper must not be preloaded with what is meant for the app.
  const { NODE_OPTIONS: _, ...ownEnv } = process.env;
  const keeper = fork(modulePath(import.meta.url, './keeper'), [], {
    execArgv: [],
    env: ownEnv,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = new TaskOutput(options.outputPath, ANNOUNCEMENT);
  if (keeper.stdout !== null) output.read(keeper.stdout);
  if (keeper.stderr !== null) output.read(keeper.stderr);
  let appPid: number | undefined;
  const seen = new SignalWitness();
  const end = ending(keeper, (started, resolve) => {
    started.on('message', (message) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only sender is our own keeper, compiled against the same type
      const report = message as KeeperReport;
      if (report.type === 'running') appPid = report.pid;
      else {
        // With a code of its own it had ended before SIGKILL came.
        if (seen.wasKilled && report.code === undefined) resolve(KILLED, 'SIGKILL');
        else resolve(report.code, report.signal);
        started.disconnect();
      }
    });
    started.once('error', () => resolve(127, undefined));
    started.once('exit', (code, signal) => resolve(code ?? undefined, signal ?? undefined));
  });
  let running: ChildProcess | undefined = keeper;
  void end.promise.finally(() => {
    running = undefined;
  });
  const send = (command: KeeperCommand): void => {
    if (running?.connected === true) running.send(command, () => {});
  };
  send({ type: 'run', command: options.command, cwd: options.cwd, env: options.env });
  return {
    port: options.port,
    output,
    ended: end.promise,
    get end() {
      return end.value;
    },
    pid: () => (end.value === undefined ? appPid : undefined),
    get firstProcess() {
      return seen.firstProcess;
    },
    get handlesSigterm() {
      return seen.handlesSigterm;
    },
    signal: (signal) => {
      if (end.value !== undefined) return;
      if (signal === 'SIGTERM') output.noteSigterm();
      seen.look(signal, appPid);
      send({ type: 'signal', signal });
    },
  };
}

/** The first end counts: a process may report an error and an exit. It is told when the output is read to its end, too. */
function ending(
  child: ChildProcess,
  watch: (child: ChildProcess, resolve: (code: number | undefined, signal: string | undefined) => void) => void,
): {
  readonly promise: Promise<TaskEnd>;
  readonly value: TaskEnd | undefined;
} {
  let value: TaskEnd | undefined;
  let outputRead: Promise<void> | undefined = closed(child);
  let settle: (end: TaskEnd) => void = () => {};
  const promise = new Promise<TaskEnd>((resolve) => {
    settle = resolve;
  });
  // No function here may capture `child`: the end is remembered when the process and its pipes are long gone.
  watch(child, (code, signal) => {
    if (value !== undefined) return;
    const end: TaskEnd = { at: epochNow(), code, signal };
    value = end;
    // Bounded: a process that escaped from its group may hold the pipe open for ever.
    void Promise.race([outputRead, delay(OUTPUT_WAIT_MS)]).then(() => settle(end));
    outputRead = undefined;
  });
  return {
    promise,
    get value() {
      return value;
    },
  };
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

async function signalOnceStarted(pid: () => number | undefined, isOver: () => boolean): Promise<void> {
  for (let waited = 0; waited < START_WAIT_MS && !isOver(); waited += START_POLL_MS) {
    await delay(START_POLL_MS);
    const first = pid();
    if (first === undefined) continue;
    sendSignal(first, 'SIGTERM');
    return;
  }
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended; the end is being reported.
  }
}

/** The exit code that ECS shows for a killed container. */
const KILLED = 137;
const OUTPUT_WAIT_MS = 500;
const START_WAIT_MS = 2000;
const START_POLL_MS = 5;

import type { LabFailure, LabOptions } from '../../verdict/lab-run.ts';
import { findExecutable } from './find-executable.ts';
import { readListeningSockets } from './listening-sockets.ts';
import { socketInodesOf, treeOf } from './process-tree.ts';
import type { TaskProcess } from './task-process.ts';

type Command = Pick<LabOptions, 'command' | 'cwd' | 'portEnv' | 'startTimeoutMs'>;

/** The command cannot even be tried: there is no such program. */
export function findCommandFailure(options: Command & { readonly searchPath: string | undefined }): LabFailure | undefined {
  const [program = ''] = options.command;
  const search = findExecutable(program, { cwd: options.cwd, searchPath: options.searchPath });
  if (search.found) return undefined;
  const sentence =
    search.why === 'not-executable'
      ? `${search.file} is not executable. Make it so (chmod +x), or put the program that runs it in front.`
      : `The command ${program} was not found${program.includes('/') ? ` from ${options.cwd}` : ' in PATH'}. Check its name; the lab runs programs, not shell lines.`;
  return { of: 'app', kind: 'command-not-found', message: sentence, taskId: undefined };
}

/** Why a task that was expected to listen on its port has ended instead. */
export function describeEarlyEnd(taskId: string, task: TaskProcess, options: Command): LabFailure {
  const output = task.output.lines();
  const takenPort = output.map((line) => ADDRESS_IN_USE.exec(line)).find((match) => match !== null);
  if (takenPort !== undefined && takenPort !== null) return portTaken(taskId, task, { options, takenPort: takenPort[1] });
  const how = describeExit(task);
  return {
    of: 'app',
    kind: 'exited-at-once',
    message: [`${taskId} ended ${how} before it listened on its port (${options.portEnv}=${task.port}).`, ...lastLines(output)].join('\n'),
    taskId,
  };
}

/** A task ended after it had listened, but before the load began. */
export function describeEndBeforeLoad(taskId: string, task: TaskProcess): LabFailure {
  return {
    of: 'app',
    kind: 'exited-at-once',
    message: [`${taskId} listened, and then ended ${describeExit(task)} before any load began.`, ...lastLines(task.output.lines())].join('\n'),
    taskId,
  };
}

/** Why a task that runs does not listen on its port. Ask before killing it: what it does listen on is part of the answer. */
export function describeNeverListened(taskId: string, task: TaskProcess, options: Command): LabFailure {
  const told = `${options.portEnv}=${task.port}`;
  const ports = listeningPortsOf(task);
  const within = `within ${options.startTimeoutMs / 1000} s`;
  const sentence = ports.includes(task.port)
    ? `${taskId} listens on its port ${task.port}, but did not accept a connection to 127.0.0.1 ${within}. Make it listen on 0.0.0.0 or ::; on ::1 (often what "localhost" becomes) nothing on Fargate could reach it either.`
    : ports.length > 0
      ? `${taskId} listens on ${ports.join(' and ')}, but was told ${told}. ${portAdvice(options)}`
      : `${taskId} did not listen on its port (${told}) ${within}, nor on any other. ${portAdvice(options)}`;
  return { of: 'app', kind: 'never-listened', message: [sentence, ...lastLines(task.output.lines())].join('\n'), taskId };
}

/** The task can be reached on this machine only: on Fargate no balancer could. */
export function listensOnLoopbackOnly(port: number): boolean {
  const sockets = readListeningSockets()?.filter((socket) => socket.port === port) ?? [];
  return sockets.length > 0 && sockets.every((socket) => socket.loopbackOnly);
}

function listeningPortsOf(task: TaskProcess): readonly number[] {
  const pid = task.pid();
  if (pid === undefined) return [];
  const inodes = new Set(treeOf(pid).flatMap(socketInodesOf));
  const ports = (readListeningSockets() ?? []).filter((socket) => inodes.has(socket.inode)).map((socket) => socket.port);
  return [...new Set(ports)];
}

function portTaken(taskId: string, task: TaskProcess, found: { readonly options: Command; readonly takenPort: string | undefined }): LabFailure {
  const { options, takenPort } = found;
  const isOwn = takenPort === String(task.port);
  const where = takenPort === undefined ? 'a port that is in use already' : `port ${takenPort}, which is in use already`;
  const sentence = isOwn
    ? `${taskId} could not listen on its port ${task.port}: another program took it at the same moment. Run the lab again.`
    : `${taskId} wanted to listen on ${where}, but was told ${options.portEnv}=${task.port}. ${portAdvice(options)}`;
  return { of: 'app', kind: 'port-taken', message: [sentence, ...lastLines(task.output.lines())].join('\n'), taskId };
}

function portAdvice(options: Command): string {
  return `Every task needs a port of its own: make the app listen on the environment variable ${options.portEnv}, name another variable (--port-env), or put {port} where the command takes it.`;
}

function describeExit(task: TaskProcess): string {
  if (task.end === undefined) return 'somehow';
  if (task.end.signal !== undefined) return `by ${task.end.signal}`;
  return task.end.code === undefined ? 'without an exit code' : `with exit code ${task.end.code}`;
}

function lastLines(output: readonly string[]): readonly string[] {
  const written = output.filter((line) => line.trim() !== '');
  if (written.length === 0) return ['It printed nothing.'];
  return ['Its last lines:', ...written.slice(-SHOWN_LINES).map((line) => `  ${line}`)];
}

/** Node, then what libc calls it in most other languages. */
const ADDRESS_IN_USE = /(?:EADDRINUSE|[Aa]ddress already in use)(?:.*?:(\d{1,5})\b)?/;
/** What Node prints of an error has its message at the top: a module that is not found takes 16 lines. */
const SHOWN_LINES = 20;

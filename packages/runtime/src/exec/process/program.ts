import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { processTable } from '../../platform/process-table.ts';
import { sendSignal } from '../../process/send-signal.ts';

export interface ProgramOptions {
  readonly command: readonly [string, ...string[]];
  /** Set on top of what this process was given; undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ProgramEnd {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** The program could not be started. `exitCode` as a shell would have it: 127 not found, 126 not executable. */
export interface StartFailure {
  readonly exitCode: 126 | 127;
  readonly sentence: string;
}

/** The user's program, in a session and process group of its own, so that all that it starts can be told to stop together. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<ProgramEnd>;
  #end: ProgramEnd | undefined;

  private constructor(pid: number, ended: Promise<ProgramEnd>) {
    this.pid = pid;
    this.ended = ended.then((end) => (this.#end = end));
  }

  static async start({ command, env }: ProgramOptions): Promise<Program | StartFailure> {
    const [file, ...args] = command;
    const child = spawn(file, args, { detached: true, stdio: 'inherit', env: { ...process.env, ...env } });
    const ended = new Promise<ProgramEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      child.once('spawn', () => resolve(undefined));
      child.once('error', resolve);
    });
    if (error !== undefined || child.pid === undefined) return startFailure(file, error?.code);
    // A later error is a signal that could not be sent; the end tells.
    child.on('error', () => {});
    return new Program(child.pid, ended);
  }

  get end(): ProgramEnd | undefined {
    return this.#end;
  }

  /** To the program alone, as when it were the first process of its container. */
  signal(signal: NodeJS.Signals): void {
    if (this.#end === undefined) sendSignal(this.pid, signal);
  }

  /** To everything that the program started, too: a shell or npm does not hand signals on, or dies of them before what it started has finished. */
  signalAll(signal: NodeJS.Signals): void {
    sendSignal(-this.pid, signal);
    for (const { pid, group } of this.#members()) if (group !== this.pid) sendSignal(pid, signal);
  }

  /** True when nothing is left of the program and of what it started, other than what moved to a session of its own. */
  get isGone(): boolean {
    if (this.#end === undefined) return false;
    return processTable() === undefined ? !sendSignal(-this.pid, 0) : this.#members().length === 0;
  }

  #members() {
    return (processTable() ?? []).filter(({ session, isZombie }) => session === this.pid && !isZombie);
  }
}

/** What a shell would exit with. */
export function exitCodeOf({ code, signal }: ProgramEnd): number {
  return signal === undefined ? (code ?? 1) : 128 + constants.signals[signal];
}

function startFailure(file: string, code: string | undefined): StartFailure {
  if (code === 'ENOENT') {
    const found = file.includes('/')
      ? isFile(path.resolve(file))
      : (process.env['PATH'] ?? '').split(':').some((folder) => isFile(path.join(folder, file)));
    if (!found) {
      const hint = file.includes('/') ? 'Correct the path.' : 'Correct the name, or write its path.';
      return { exitCode: 127, sentence: `there is no program "${file}"${file.includes('/') ? '' : ' in PATH'}. ${hint}` };
    }
    return {
      exitCode: 126,
      sentence: `"${file}" is there, but what its first line or its binary format needs to run it is not. Install that interpreter or C library.`,
    };
  }
  if (code === 'EACCES')
    return { exitCode: 126, sentence: `"${file}" may not be executed. chmod +x it, or name the interpreter: spotproof-exec -- python3 ${file}.` };
  if (code === 'ENOEXEC')
    return { exitCode: 126, sentence: `"${file}" is no program of this machine: a script without a "#!" line, or built for another processor.` };
  return { exitCode: 126, sentence: `"${file}" could not be started: ${code ?? 'unknown reason'}.` };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { DrainReport } from '@spotproof/runtime';
import { LookAgain } from './look-again.ts';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Preload `@spotproof/runtime/auto`, as `node --import` does. */
  readonly auto?: boolean;
  /** More arguments for Node, before the program. */
  readonly nodeArguments?: readonly string[];
  /** Run the built packages and not the sources. */
  readonly built?: boolean;
  /** The leader of a process group of its own, for {@link Program.signalGroup}. */
  readonly detached?: boolean;
  /** Do not wait for the line `listening <port>`. */
  readonly silent?: boolean;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds after the first signal that was sent, or after the start. */
  readonly afterMs: number;
}

/**
 * A small program in a process of its own. `SPOTPROOF_TEST_NODE` names another Node to run it on; that one runs the built package, since
 * it may be too old for the sources.
 */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #errorLines: string[] = [];
  readonly #facts = new LookAgain();
  readonly ended: Promise<Ending>;
  #from = performance.now();
  port = 0;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#read(child.stdout, this.#lines);
    this.#read(child.stderr, this.#errorLines);
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal, afterMs: performance.now() - this.#from });
        this.#facts.changed();
      });
    });
  }

  static async start(name: string, options: ProgramOptions = {}): Promise<Program> {
    const other = process.env['SPOTPROOF_TEST_NODE'];
    const child = spawn(
      other ?? process.execPath,
      [
        ...(other === undefined && options.built !== true ? ['--conditions=@spotproof/source'] : []),
        ...(options.auto === true ? ['--import', '@spotproof/runtime/auto'] : []),
        ...(options.nodeArguments ?? []),
        path.resolve(PROGRAMS, name),
      ],
      {
        cwd: PACKAGE,
        detached: options.detached ?? false,
        timeout: LONGEST_LIFE_MS,
        killSignal: 'SIGKILL',
        env: { PATH: process.env['PATH'], SPOTPROOF_REPORT: 'stderr', SPOTPROOF_STOP_TIMEOUT: '4', SPOTPROOF_BOOT_CHECK: 'off', ...options.env },
      },
    );
    const program = new Program(child);
    if (options.silent === true) return program;
    try {
      const line = await program.line(/^listening \d+/);
      program.port = Number(line.split(' ')[1]);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return program;
  }

  get output(): readonly string[] {
    return this.#lines;
  }

  get errors(): readonly string[] {
    return this.#errorLines;
  }

  /** Everything on standard error that is not the report. */
  get complaints(): readonly string[] {
    return this.#errorLines.filter((line) => !line.startsWith('{"schema"'));
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#signalled) this.#from = performance.now();
    this.#signalled = true;
    this.#child.kill(signal);
  }
  #signalled = false;

  /** To the program and all that it has started, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    this.#signalled = true;
    this.#from = performance.now();
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
  }

  /** The first line of standard output that matches, now or later. */
  async line(pattern: RegExp, withinMs = LONGEST_WAIT_MS): Promise<string> {
    return await this.#find(this.#lines, pattern, withinMs);
  }

  async errorLine(pattern: RegExp, withinMs = LONGEST_WAIT_MS): Promise<string> {
    return await this.#find(this.#errorLines, pattern, withinMs);
  }

  /** The reports on standard error once the process has ended: there must be exactly one. */
  async report(): Promise<DrainReport> {
    await this.ended;
    const reports = this.#errorLines.filter((line) => line.startsWith('{"schema"'));
    if (reports.length !== 1 || reports[0] === undefined) throw new Error(`expected one report line, got ${reports.length}\n${this.#transcript()}`);
    // The shape is what the tests then assert.
    return JSON.parse(reports[0]) as DrainReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.ended;
  }

  #read(stream: NodeJS.ReadableStream, into: string[]): void {
    createInterface({ input: stream }).on('line', (line) => {
      into.push(line);
      this.#facts.changed();
    });
  }

  async #find(lines: readonly string[], pattern: RegExp, withinMs: number): Promise<string> {
    return await this.#facts.until({
      find: () => lines.find((line) => pattern.test(line)),
      what: String(pattern),
      isOver: () => this.#child.exitCode !== null || this.#child.signalCode !== null,
      transcript: () => this.#transcript(),
      withinMs,
    });
  }

  #transcript(): string {
    return [...this.#lines.map((line) => `out ${line}`), ...this.#errorLines.map((line) => `err ${line}`)].join('\n');
  }
}

/** Machines that run tests can be very slow; only a real fault takes this long. */
const LONGEST_WAIT_MS = 40_000;
const LONGEST_LIFE_MS = 90_000;
const PACKAGE = path.join(import.meta.dirname, '..', '..');
const PROGRAMS = path.join(PACKAGE, 'test', 'programs');

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecReport } from '../../../src/exec/report.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface SupervisedOptions {
  /** The options of `spotproof-exec`, before `--`. */
  readonly options?: readonly string[];
  readonly command: readonly string[];
  /** Seconds; 3 unless given. */
  readonly stopTimeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments for Node. */
  readonly nodeArguments?: readonly string[];
  /** As the first process of a PID namespace. */
  readonly asFirstProcess?: boolean;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `spotproof-exec` from source, with a program; built, where `SPOTPROOF_TEST_NODE` names another Node to run it on. */
export class Supervised implements AsyncDisposable {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #isNamespace: boolean;
  #output = '';
  #end: Ending | undefined;

  private constructor(child: ChildProcess, isNamespace: boolean) {
    this.#child = child;
    this.#isNamespace = isNamespace;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#end = { code, signal };
        resolve(this.#end);
      });
    });
  }

  static start(options: SupervisedOptions): Supervised {
    const { asFirstProcess = false } = options;
    const prefix = asFirstProcess ? (namespacePrefix() ?? []) : [];
    const other = process.env['SPOTPROOF_TEST_NODE'];
    const [file = '', ...args] = [
      ...prefix,
      ...(other === undefined ? [process.execPath, '--conditions=@spotproof/source'] : [other]),
      ...(options.nodeArguments ?? []),
      other === undefined ? path.join(import.meta.dirname, 'exec.program.ts') : BUILT,
      ...(options.options ?? []),
      '--',
      ...options.command,
    ];
    const child = spawn(file, args, {
      cwd: PROGRAMS,
      timeout: LONGEST_LIFE_MS,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
        SPOTPROOF_REPORT: 'stderr',
        SPOTPROOF_STOP_TIMEOUT: String(options.stopTimeout ?? 3),
        SPOTPROOF_TEST_RUN: process.env['SPOTPROOF_TEST_RUN'] ?? '',
        ...options.env,
      },
    });
    return new Supervised(child, asFirstProcess);
  }

  /** Both streams, of the program too. */
  get output(): string {
    return this.#output;
  }

  get stdin(): NodeJS.WritableStream | null {
    return this.#child.stdin;
  }

  /** The process that a container's runtime would signal. */
  get pid(): number {
    const pid = this.#child.pid ?? 0;
    if (!this.#isNamespace) return pid;
    return childrenOf(pid)[0] ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    await waitFor(`${pattern} in the output`, () => pattern.test(this.#output) || this.#end !== undefined, LONGEST_WAIT_MS);
    const match = pattern.exec(this.#output);
    if (match === null) throw new Error(`ended without ${pattern}:\n${this.#output}`);
    return match;
  }

  /** The one report, once it has ended. */
  async report(): Promise<ExecReport> {
    await this.ended;
    const lines = this.#output.split('\n').filter((line) => line.startsWith('{"schema"'));
    if (lines.length !== 1 || lines[0] === undefined) throw new Error(`expected one report, got ${lines.length}:\n${this.#output}`);
    // The shape is what the tests then assert.
    return JSON.parse(lines[0]) as ExecReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) {
      // Killed, it cannot take its program along; a namespace ends with its first process.
      const programs = this.#isNamespace ? [] : childrenOf(this.pid);
      for (const pid of [this.pid, this.#child.pid ?? 0, ...programs.map((pid) => -pid)]) kill(pid);
    }
    await this.ended;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    if (pid !== 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** What makes a command the first process of a PID namespace here; undefined where the system refuses. */
export function namespacePrefix(): readonly string[] | undefined {
  return NAMESPACES.find(([file = '', ...args]) => spawnSync(file, [...args, 'true'], { stdio: 'ignore' }).status === 0);
}

const UNSHARE = ['--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--'];
const NAMESPACES: readonly (readonly string[])[] = [
  ['unshare', ...UNSHARE],
  ['unshare', '--user', '--map-root-user', ...UNSHARE],
];
const BUILT = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'spotproof-exec.js');
const PROGRAMS = path.join(import.meta.dirname, '..', 'programs');
/** Machines that run tests can be very slow; only a real fault takes this long. */
const LONGEST_WAIT_MS = 30_000;
const LONGEST_LIFE_MS = 60_000;

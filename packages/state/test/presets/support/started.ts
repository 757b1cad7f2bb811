import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A program of the tests in a process of its own, which says on standard output what it does. */
export class Started implements AsyncDisposable {
  readonly lines: string[] = [];
  /** The exit code. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #changed: () => void = () => {};

  constructor(program: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, ['--conditions=@spotproof/source', path.join(import.meta.dirname, '..', program)], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LONGEST_LIFE_MS,
      killSignal: 'SIGKILL',
    });
    // It has a pipe there.
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        resolve(code);
        this.#changed();
      });
    });
  }

  /** The first line that begins so, now or later. */
  async line(start: string, withinMs = LONGEST_WAIT_MS): Promise<string> {
    const until = performance.now() + withinMs;
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      if (this.#isOver || performance.now() > until) throw new Error(`no line "${start}…" came:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As Fargate does when the stop timeout is over. */
  async kill(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

const LONGEST_WAIT_MS = 40_000;
const LONGEST_LIFE_MS = 120_000;

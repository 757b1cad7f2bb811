import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', '..', '..', 'examples');

/** A folder for the files that the programs of one test share, and the programs. All are gone at the end. */
export class Stage implements AsyncDisposable {
  readonly #folder: string;
  readonly #running: Running[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(path.join(tmpdir(), 'spotproof-example-')));
  }

  /** @param example Below `examples/`. */
  start(
    example: string,
    { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Running {
    const child = spawn(process.execPath, ['--conditions=@spotproof/source', '--no-warnings', path.join(EXAMPLES, example), ...args], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        CLAIMS: path.join(this.#folder, 'claims.db'),
        PAYMENTS: path.join(this.#folder, 'payments.db'),
        SPOTPROOF_REPORT: 'stderr',
        SPOTPROOF_BOOT_CHECK: 'off',
        SPOTPROOF_STOP_TIMEOUT: '5',
        ...env,
      },
    });
    const running = new Running(child);
    this.#running.push(running);
    return running;
  }

  /** What the payment provider was asked for. */
  charges(): unknown[] {
    const database = new DatabaseSync(path.join(this.#folder, 'payments.db'), { timeout: 5000 });
    try {
      return database
        .prepare('SELECT cents, calls FROM charges')
        .all()
        .map((row) => ({ ...row }));
    } finally {
      database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#running) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true });
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly output: string[] = [];
  readonly errors: string[] = [];
  #changed: () => void = () => {};

  constructor(child: ChildProcess) {
    this.child = child;
    this.ended = once(child, 'close').finally(() => this.#changed());
    for (const [stream, lines] of [
      [child.stdout, this.output],
      [child.stderr, this.errors],
    ] as const) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        this.#changed();
      });
    }
  }

  /** The lines of standard output, once there are so many. */
  async lines(count: number): Promise<readonly string[]> {
    while (this.output.length < count) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended after ${this.output.join('\n')}\n${this.errors.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.output.slice(0, count);
  }

  async port(): Promise<number> {
    const [line = ''] = await this.lines(1);
    return Number(line.split(' ')[1]);
  }
}

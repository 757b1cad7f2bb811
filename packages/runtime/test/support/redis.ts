import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A Redis server of this test's own, on a socket file. `npm test` sees to it that there is one to run. */
export class Redis implements AsyncDisposable {
  /** Where it listens. */
  readonly socketPath: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    this.socketPath = path.join(folder, 'redis.sock');
  }

  static async start(): Promise<Redis> {
    const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-redis-'));
    const child = spawn(
      process.env['SPOTPROOF_REDIS'] ?? 'redis-server',
      ['--port', '0', '--unixsocket', path.join(folder, 'redis.sock'), '--save', '', '--appendonly', 'no', '--dir', folder],
      { stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_LIFE_MS, killSignal: 'SIGKILL' },
    );
    const redis = new Redis(folder, child);
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        if (/ready to accept connections/i.test(line)) break;
      }
      child.stdout.resume();
      if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode} before it was ready`);
    } catch (error) {
      await redis[Symbol.asyncDispose]();
      throw error;
    }
    return redis;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'close');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const LONGEST_LIFE_MS = 170_000;

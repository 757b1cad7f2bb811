import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

export interface RedisServerOptions {
  /** Listens on a free port of 127.0.0.1 as well as on the socket file; replicas need it. Default false. */
  readonly tcp?: boolean;
  /** Lines of redis.conf without their `--`, such as `['appendonly', 'yes']`. They come after, and override, what is given here: nothing is kept. */
  readonly config?: readonly (readonly [name: string, value: string])[];
  /** It ends by itself after this, should its test not come to it. Default: a little less than a test file may take. */
  readonly longestLifeMs?: number;
}

/** A Redis server of this test's own, on a socket file. `npm test` sees to it that there is one to run. */
export class RedisServer implements AsyncDisposable {
  /** Where it listens. */
  readonly socketPath: string;
  /** The port on 127.0.0.1, or 0 without `tcp`. */
  readonly port: number;
  readonly #folder: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess;

  private constructor(folder: string, port: number, options: RedisServerOptions, child: ChildProcess) {
    this.#folder = folder;
    this.#options = options;
    this.#child = child;
    this.port = port;
    this.socketPath = path.join(folder, 'redis.sock');
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-redis-'));
    try {
      const port = options.tcp === true ? await freePort() : 0;
      return new RedisServer(folder, port, options, await launch(folder, port, options));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Ends it as a crash does and starts it again with what it had written: nothing, but for an append-only file. */
  async restart(): Promise<void> {
    await this.#end();
    this.#child = await launch(this.#folder, this.port, this.#options);
  }

  /** A replica of `primary`, which needs `tcp`. It has its own copy once `master_link_status` of its INFO is `up`. */
  static replicaOf(primary: RedisServer): Promise<RedisServer> {
    return RedisServer.start({ tcp: true, config: [['replicaof', `127.0.0.1 ${primary.port}`]] });
  }

  /** SIGSTOP and SIGCONT make a server that is connected and does not answer; SIGKILL ends it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}

/** Resolves when it takes connections. */
async function launch(folder: string, port: number, { config = [], longestLifeMs = LONGEST_LIFE_MS }: RedisServerOptions): Promise<ChildProcess> {
  const lines = [
    ['port', String(port)],
    ['bind', '127.0.0.1'],
    ['unixsocket', path.join(folder, 'redis.sock')],
    ['save', ''],
    ['appendonly', 'no'],
    // A replica's first copy begins at once.
    ['repl-diskless-sync-delay', '0'],
    ['dir', folder],
    ...config,
  ] as const;
  const child = spawn(
    process.env['SPOTPROOF_REDIS'] ?? 'redis-server',
    lines.flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: longestLifeMs, killSignal: 'SIGKILL' },
  );
  let log = '';
  let isReady = false;
  for await (const line of createInterface({ input: child.stdout })) {
    log += `${line}\n`;
    isReady = /ready to accept connections/i.test(line);
    if (isReady) break;
  }
  child.stdout.resume();
  if (!isReady) throw new Error(`redis-server ended before it was ready:\n${log}`);
  return child;
}

const LONGEST_LIFE_MS = 170_000;

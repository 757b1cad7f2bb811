import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface RedisServerOptions {
  /** Listens on a free port of 127.0.0.1 as well as on the socket file; replicas need it. Default false. */
  readonly tcp?: boolean;
  /** Lines of redis.conf without their `--`, such as `['appendonly', 'yes']`. They come after, and override, what is given here: nothing is kept. */
  readonly config?: readonly (readonly [name: string, value: string])[];
}

/** A Redis server of this test's own, on a socket file. `npm test` sees to it that there is one to run. */
export class RedisServer implements AsyncDisposable {
  /** Where it listens. */
  readonly socketPath: string;
  /** The port on 127.0.0.1, or 0 without `tcp`. */
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    this.port = port;
    this.socketPath = path.join(folder, 'redis.sock');
  }

  static async start({ tcp = false, config = [] }: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-redis-'));
    const port = tcp ? await freePort() : 0;
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
      { stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_LIFE_MS, killSignal: 'SIGKILL' },
    );
    const redis = new RedisServer(folder, port, child);
    try {
      let log = '';
      let isReady = false;
      for await (const line of createInterface({ input: child.stdout })) {
        log += `${line}\n`;
        isReady = /ready to accept connections/i.test(line);
        if (isReady) break;
      }
      child.stdout.resume();
      if (!isReady) throw new Error(`redis-server ended before it was ready:\n${log}`);
    } catch (error) {
      await redis[Symbol.asyncDispose]();
      throw error;
    }
    return redis;
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
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'close');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}

const LONGEST_LIFE_MS = 170_000;

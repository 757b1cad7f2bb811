import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { requirePostgres } from '../../../../../scripts/gate/postgres.ts';
import { OWNER, startInFolder, type StartedInFolder } from './start-in-folder.ts';

export interface PostgresServerOptions {
  /** Further settings of the server, such as `{ synchronous_commit: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** It ends by itself after this, should its test not come to it. Default: a little less than a test file may take. */
  readonly longestLifeMs?: number;
}

/** A PostgreSQL server of this test's own, on a port and a socket file, which forgets what it was told when the machine does: nothing waits for a disk. */
export class PostgresServer implements AsyncDisposable {
  /** For `new pg.Pool(...)`. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** For `net.connect(...)`. */
  readonly socketPath: string;
  readonly #folder: string;
  readonly #options: PostgresServerOptions;
  #child: ChildProcess;

  private constructor({ folder, port, child }: StartedInFolder, options: PostgresServerOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#child = child;
    this.connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
    this.socketPath = path.join(folder, `.s.PGSQL.${port}`);
  }

  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    return new PostgresServer(await startInFolder('spotproof-pg-', { initialise, launch: (folder, port) => launch(folder, port, options) }), options);
  }

  /** Ends it as a crash does and starts it again on the same port with what it had written. */
  async restart(): Promise<void> {
    await this.#end('SIGQUIT');
    await this.#startAgain();
  }

  /** Goes on as a replica whose primary is gone: reads are answered, writes refused. */
  async becomeReplica(): Promise<void> {
    await this.#end('SIGINT');
    writeFileSync(path.join(this.#folder, 'data', 'standby.signal'), '');
    await this.#startAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startAgain(): Promise<void> {
    this.#child = await launch(this.#folder, this.connection.port, this.#options);
  }

  async #end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }
}

function initialise(folder: string): void {
  const args = ['-D', path.join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const { status, stdout, stderr, error } = spawnSync(path.join(requirePostgres(), 'initdb'), args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: START_MS,
    ...OWNER,
  });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

/** Resolves when it takes connections. */
async function launch(folder: string, port: number, { settings, longestLifeMs = LONGEST_LIFE_MS }: PostgresServerOptions): Promise<ChildProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '60',
    shared_buffers: '16MB',
    // A test that ends without its pool's goodbye must not keep the server waiting.
    tcp_keepalives_idle: '10',
    ...settings,
  };
  const child = spawn(
    path.join(requirePostgres(), 'postgres'),
    ['-D', path.join(folder, 'data'), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: longestLifeMs, killSignal: 'SIGQUIT', ...OWNER },
  );
  const said: string[] = [];
  const watch = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (/ready to accept (?:read-only )?connections/.test(line)) break;
    }
  } finally {
    clearTimeout(watch);
  }
  if (!/ready to accept/.test(said.at(-1) ?? '')) throw new Error(`postgres ended before it was ready:\n${said.join('\n')}`);
  // What it says from now on nobody reads, and it must not wait for that.
  child.stderr.resume();
  return child;
}

const START_MS = 30_000;
const LONGEST_LIFE_MS = 170_000;

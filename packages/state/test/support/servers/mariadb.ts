import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { mariadbInstaller, requireMariadb } from '../../../../../scripts/gate/mariadb.ts';
import { OWNER, startInFolder, type StartedInFolder } from './start-in-folder.ts';

export interface MariadbServerOptions {
  /** Further settings of the server, such as `{ read_only: '1' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** It ends by itself after this, should its test not come to it. Default: a little less than a test file may take. */
  readonly longestLifeMs?: number;
}

/** A MariaDB server of this test's own, on a port and a socket file, with an empty database `test`. Nothing waits for a disk. */
export class MariadbServer implements AsyncDisposable {
  /** For `createPool(...)` of mysql2. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** For `net.connect(...)`. */
  readonly socketPath: string;
  readonly #folder: string;
  readonly #options: MariadbServerOptions;
  #child: ChildProcess;

  private constructor({ folder, port, child }: StartedInFolder, options: MariadbServerOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#child = child;
    this.connection = { host: '127.0.0.1', port, user: 'root', database: 'test' };
    this.socketPath = path.join(folder, 'server.sock');
  }

  static async start(options: MariadbServerOptions = {}): Promise<MariadbServer> {
    return new MariadbServer(await startInFolder('spotproof-my-', { initialise, launch: (folder, port) => launch(folder, port, options) }), options);
  }

  /** Ends it as a crash does, until it is restarted. */
  stop(): Promise<void> {
    return this.#end();
  }

  /** Ends it as a crash does and starts it again on the same port with what it had written, and with these settings from now on. */
  async restart(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#end();
    this.#child = await launch(this.#folder, this.connection.port, {
      ...this.#options,
      settings: { ...this.#options.settings, ...settings },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

function initialise(folder: string): void {
  const data = path.join(folder, 'data');
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...FAST,
    `--tmpdir=${folder}`,
  ];
  const { status, stdout, stderr, error } = spawnSync(mariadbInstaller(requireMariadb()), args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: START_MS,
    ...OWNER,
  });
  if (status !== 0) throw new Error(`mariadb-install-db failed: ${error?.message ?? `${stdout}${stderr}`}`);
  // An empty folder is an empty database.
  mkdirSync(path.join(data, 'test'), { recursive: true });
  if (OWNER !== undefined) chownSync(path.join(data, 'test'), OWNER.uid, OWNER.gid);
}

/** Resolves when it takes connections. */
async function launch(folder: string, port: number, { settings, longestLifeMs = LONGEST_LIFE_MS }: MariadbServerOptions): Promise<ChildProcess> {
  const all = {
    datadir: path.join(folder, 'data'),
    bind_address: '127.0.0.1',
    port: String(port),
    socket: path.join(folder, 'server.sock'),
    pid_file: path.join(folder, 'server.pid'),
    // Several that start at once, each as process 7 of a container, would give their temporary tables one name.
    tmpdir: folder,
    max_connections: '80',
    // Written at each commit, so that it outlives this server's crash, but not waited for.
    innodb_flush_log_at_trx_commit: '2',
    ...settings,
  };
  const child = spawn(
    requireMariadb(),
    ['--no-defaults', '--skip-name-resolve', '--skip-log-bin', ...FAST, ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: longestLifeMs, killSignal: 'SIGKILL', ...OWNER },
  );
  const said: string[] = [];
  const watch = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (READY.test(line)) break;
    }
  } finally {
    clearTimeout(watch);
  }
  if (!READY.test(said.at(-1) ?? '')) throw new Error(`mariadbd ended before it was ready:\n${said.join('\n')}`);
  // What it says from now on nobody reads, and it must not wait for that.
  child.stderr.resume();
  return child;
}

/** Small files, and none that only a crash of the machine would need. */
const FAST = [
  '--innodb-log-file-size=4M',
  '--innodb-doublewrite=0',
  '--innodb-buffer-pool-size=16M',
  '--innodb-use-native-aio=0',
  '--skip-slave-start',
];
const READY = /ready for connections/;
const START_MS = 30_000;
const LONGEST_LIFE_MS = 170_000;

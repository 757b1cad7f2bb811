/**
 * Who may import what, and who may touch the world outside. ARCHITECTURE.md says why; this table is what holds it.
 * Paths are relative to a package's `src/`; one that ends in `/` is a folder with all that is in it.
 */
export interface PackageRule {
  /** Imports that every file of the package may make. `node:*` stands for Node's own modules. */
  readonly mayImport: readonly string[];
  /** Imports that only some of its files may make. */
  readonly onlyIn?: Readonly<Record<string, readonly string[]>>;
  /** Files and folders that hold a capability; nobody else in the package does. */
  readonly holds: Readonly<Partial<Record<Capability, readonly string[]>>>;
}

export type Capability = keyof typeof CAPABILITIES;

/** Each capability, by the globals and the modules that give it. A member of `process` that no row names belongs to `process`. */
export const CAPABILITIES = {
  console: { globals: ['console'], modules: ['node:console'] },
  argv: { globals: ['process.argv', 'process.argv0', 'process.execArgv'], modules: [] },
  environment: { globals: ['process.env'], modules: [] },
  process: { globals: ['process'], modules: ['node:process'] },
  'other processes': { globals: ['process.kill'], modules: ['node:child_process'] },
  workers: { globals: [], modules: ['node:cluster', 'node:worker_threads'] },
  'facts about the machine': {
    globals: [
      'process.platform',
      'process.pid',
      'process.ppid',
      'process.arch',
      'process.version',
      'process.versions',
      'process.execPath',
      'process.getuid',
      'process.hrtime',
      'process.memoryUsage',
      'process.cpuUsage',
      'process.nextTick',
    ],
    modules: ['node:os'],
  },
  files: { globals: [], modules: ['node:fs', 'node:fs/promises'] },
  'clock and chance': {
    globals: ['Date.now', 'new Date()', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'Math.random', 'crypto', 'fetch'],
    modules: ['node:timers', 'node:timers/promises', 'node:perf_hooks', 'node:crypto'],
  },
  'code from text': { globals: ['eval', 'Function', 'require'], modules: ['node:vm', 'node:module'] },
} as const satisfies Record<string, { readonly globals: readonly string[]; readonly modules: readonly string[] }>;

const EVERYWHERE = [''];

/** Entries of processes that the command starts: they own their process, like the command owns its. */
const PROCESS_ENTRIES = ['balancer/process/', 'load/process/', 'relay/process/', 'work/process/', 'lab/tasks/keeper.ts'];

/** `spotproof-exec` starts the user's program, looks for what it leaves behind in `/proc`, and owns its process as the first one of a container. */
const EXEC = ['exec/process/', '../bin/'];

const AWS_CLIENTS = ['application-auto-scaling', 'dynamodb', 'ecs', 'elastic-load-balancing-v2', 'sqs'].map((name) => `@aws-sdk/client-${name}`);

const COMMAND = ['commands/', 'main.ts', '../bin/'];

export const RULES: Readonly<Record<string, PackageRule>> = {
  core: { mayImport: [], holds: {} },
  world: { mayImport: ['@spotproof/core'], holds: {} },
  runtime: {
    mayImport: ['@spotproof/core', 'node:*'],
    // Types only: the plugin is handed the user's own Fastify.
    onlyIn: { fastify: ['adapters/fastify.ts'] },
    holds: {
      environment: ['process/', ...EXEC],
      process: ['process/', ...EXEC],
      argv: EXEC,
      // The preload in a package manager hands signals on to what its script runs.
      'other processes': ['process/send-signal.ts', 'process/signal-hold.ts', ...EXEC],
      // An app may run as a cluster; the runtime looks whether it is a worker.
      workers: EVERYWHERE,
      files: ['platform/', ...EXEC],
      'facts about the machine': EVERYWHERE,
      'clock and chance': EVERYWHERE,
      // The preload loads the drain when the app listens, in the same turn: docs/decisions/0005-a-preload-that-waits.md.
      'code from text': ['auto/load-drain.ts'],
    },
  },
  state: {
    mayImport: ['@spotproof/core', 'node:*'],
    // Types only: a store is handed the user's own client.
    onlyIn: {
      pg: ['stores/postgres/'],
      'mysql2/promise': ['stores/mysql/'],
      fastify: ['http/fastify.ts'],
    },
    holds: {
      files: ['stores/', 'blobs/'],
      'facts about the machine': EVERYWHERE,
      'clock and chance': EVERYWHERE,
      // Loads node:sqlite by its name, so that a Node without it is told so by a sentence.
      'code from text': ['stores/sqlite/open.ts'],
    },
  },
  controller: {
    mayImport: ['@spotproof/core'],
    onlyIn: Object.fromEntries(AWS_CLIENTS.map((client) => [client, ['aws/', 'drill/']])),
    holds: {
      // A function reads its environment and writes its log; the rest is told what it needs.
      environment: ['lambda/'],
      process: ['lambda/'],
      'clock and chance': ['epoch-clock.ts'],
    },
  },
  spotproof: {
    mayImport: ['@spotproof/core', '@spotproof/world', 'node:*'],
    onlyIn: {
      '@spotproof/runtime': ['lab/'],
      '@spotproof/controller': ['commands/controller/', 'commands/drill/', 'drill/'],
      '@spotproof/state': ['commands/state/', 'state/'],
      commander: ['commands/'],
      ws: ['load/'],
      dynalite: ['cloud/dynamodb/'],
    },
    holds: {
      console: COMMAND,
      argv: [...COMMAND, ...PROCESS_ENTRIES],
      // The lab hands the user's environment on to the tasks, and looks commands up in it.
      environment: [...COMMAND, ...PROCESS_ENTRIES, 'lab/'],
      process: [...COMMAND, ...PROCESS_ENTRIES],
      'other processes': ['lab/'],
      files: [...COMMAND, ...PROCESS_ENTRIES, 'lab/'],
      'facts about the machine': EVERYWHERE,
      'clock and chance': EVERYWHERE,
      // The client of a store is the user's own, and is found from the folder in which the command runs.
      'code from text': ['commands/state/load-client.ts'],
    },
  },
};

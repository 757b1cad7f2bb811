// What the packages may weigh, and what loading them may cost. Counted and never timed, so that the same tree always gets the same answer; the
// milliseconds are in `npm run bench -- startup`. Each figure leaves some room above what was counted when it was set. Raising one is a decision:
// docs/decisions/0005-a-preload-that-waits.md says what the modules cost.

/** One row a published package, by name. */
export const PACKAGE_BUDGETS: Readonly<Record<string, PackageBudget>> = {
  '@spotproof/core': { packedKb: 130, unpackedKb: 530, dependencies: 0 },
  '@spotproof/runtime': { packedKb: 310, unpackedKb: 1_250, dependencies: 0 },
  '@spotproof/state': { packedKb: 400, unpackedKb: 1_650, dependencies: 0 },
  '@spotproof/world': { packedKb: 170, unpackedKb: 750, dependencies: 0 },
  // AWS's own clients, which share what is below them.
  '@spotproof/controller': { packedKb: 130, unpackedKb: 520, dependencies: 40 },
  // commander, ws, the controller with AWS's clients, and dynalite with what is below it. The local cloud is a third of the weight.
  spotproof: { packedKb: 1_050, unpackedKb: 4_400, dependencies: 64 },
};

/** At least one row for each door of the runtime. */
export const LOAD_BUDGETS: readonly LoadBudget[] = [
  // Reaches every Node process of a container through NODE_OPTIONS, npm and build tools too: only what watches for the first listen.
  { door: '@spotproof/runtime/auto', listens: false, modules: 13, codeKb: 27 },
  { door: '@spotproof/runtime/auto', listens: true, modules: 85, codeKb: 195 },
  { door: '@spotproof/runtime', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/bullmq', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/fastify', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/grpc', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/nest', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/otel', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/socket.io', listens: false, modules: 12, codeKb: 22 },
  { door: '@spotproof/runtime/sqs', listens: false, modules: 95, codeKb: 215 },
  { door: '@spotproof/runtime/sse', listens: false, modules: 10, codeKb: 22 },
  { door: '@spotproof/runtime/ws', listens: false, modules: 80, codeKb: 180 },
];

/** A kB is 1000 bytes. */
export interface PackageBudget {
  /** The tarball. */
  readonly packedKb: number;
  /** The files in it. */
  readonly unpackedKb: number;
  /** Packages of others that npm installs with it, directly or not. */
  readonly dependencies: number;
}

/** Files that Node loads, of which none may be another project's. */
export interface LoadBudget {
  /** As it is imported. */
  readonly door: string;
  /** A server of `node:http` listens as well. */
  readonly listens: boolean;
  readonly modules: number;
  /** All that is in those files, comments included: Node reads and scans them too. */
  readonly codeKb: number;
}

// `npm run soak -- <name> …`: the long runs, of which the gate runs a bounded sample.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ROOT } from './support/workspace.ts';

interface Suite {
  readonly name: string;
  readonly what: string;
  /** Globs of test files. */
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const SUITES: readonly Suite[] = [
  {
    name: 'fuzz',
    what: 'the HTTP/1.1 framer against node:http on 300,000 random messages per property (SPOTPROOF_FUZZ_RUNS changes the number)',
    files: ['packages/core/test/http1/**/*.test.ts'],
    environment: { SPOTPROOF_FUZZ_RUNS: '300000' },
  },
  {
    name: 'cloud-fuzz',
    what: 'every operation of the local cloud with 40,000 inputs made from the service models (about three minutes; SPOTPROOF_CLOUD_FUZZ_RUNS changes the number)',
    files: ['packages/spotproof/test/cloud/fuzz.process.test.ts'],
    environment: { SPOTPROOF_CLOUD_FUZZ_RUNS: '40000' },
  },
  {
    name: 'jobs',
    what: 'resumable jobs under 3,000 random histories of kills, zombies, drains and a bad network, in virtual time (about three minutes; SPOTPROOF_JOB_RUNS changes the number)',
    files: ['packages/state/test/jobs/jobs-properties.test.ts'],
    environment: { SPOTPROOF_JOB_RUNS: '3000' },
  },
  {
    name: 'world',
    what: 'the model of the cloud under 20,000 random histories per property (about two minutes; SPOTPROOF_WORLD_RUNS changes the number)',
    files: ['packages/world/test/cloud-properties.test.ts', 'packages/world/test/world-properties.test.ts'],
    environment: { SPOTPROOF_WORLD_RUNS: '20000' },
  },
  {
    name: 'zero-loss',
    what: 'the lab under --protect in every promised order, at 240 and 1.5 requests/s, with several interruptions, and with one core kept busy (about 35 minutes)',
    files: ['test/lab/zero-loss.soak.ts'],
    environment: {},
  },
  {
    name: 'interruptions',
    what: 'one lab run that takes 200 tasks back, three serving at a time, and looks for what its own processes do not let go of (about 22 minutes)',
    files: ['packages/spotproof/test/lab/interruptions.soak.ts'],
    environment: {},
  },
  {
    name: 'adapters',
    what: "each adapter's example in every order of deregistration and SIGTERM, stop timeout 120 s (about 11 minutes; SPOTPROOF_LAB_WIDTH runs at a time, 8 unless set)",
    files: ['test/lab/adapters.soak.ts'],
    environment: { SPOTPROOF_LAB_WIDTH: '8' },
  },
  {
    name: 'capacity',
    what: 'the controller and the ideas of public samples against the model of the cloud: the table of docs/benchmarks.md (about 20 minutes; SPOTPROOF_SEEDS changes the number of seeds)',
    files: ['test/simulation/capacity.soak.ts'],
    environment: { SPOTPROOF_SEEDS: '1000' },
  },
  {
    name: 'controller',
    what: 'the controller as a process against the local cloud with real tasks under load: one, seven and all of eight interrupted, with and without Spot, under every delivery of events (about 15 minutes)',
    files: ['packages/spotproof/test/cloud/controller.soak.ts'],
    environment: {},
  },
  {
    name: 'state',
    what: 'four workers on each store, killed 500 times, stopped and continued 500 times, drained 200 times, the server restarted 50 times (about 12 minutes a store; SPOTPROOF_CHAOS_STORES and SPOTPROOF_CHAOS_SHARE choose fewer)',
    files: ['packages/state/test/chaos/chaos.soak.ts'],
    environment: {},
  },
  {
    name: 'aws',
    what: '`spotproof lab --aws --controller --protect` in every order of deregistration, with every delivery of events, with and without Spot (about ten minutes)',
    files: ['test/lab/aws.soak.ts'],
    environment: {},
  },
  {
    name: 'work',
    what: 'lost and doubled work under `spotproof lab --work`: orders and jobs, killed and handed over, on five stores in five orders of deregistration (about 20 minutes; SPOTPROOF_LAB_WIDTH runs at a time, 2 unless set)',
    files: ['test/lab/work.soak.ts'],
    environment: {},
  },
  {
    name: 'presets',
    what: 'how long work waits whose worker is killed, with the presets of @spotproof/state and without: the table of docs/guides/presets.md (about a minute and a half)',
    files: ['packages/state/test/presets/recovery.soak.ts'],
    environment: {},
  },
  {
    name: 'protocol',
    what: 'the protocol of claims in histories too many for the gate, and 500 random ones for each store (about five minutes; SPOTPROOF_HISTORIES changes the number)',
    files: [
      'packages/state/test/protocol/explore.test.ts',
      'packages/state/test/models/*.contract.test.ts',
      'packages/state/test/stores/*.contract.test.ts',
    ],
    environment: { SPOTPROOF_EXPLORE: 'deep', SPOTPROOF_HISTORIES: '500' },
  },
];

function main(): number {
  const { positionals } = parseArgs({ options: {}, allowPositionals: true, strict: true });
  const suites = positionals.map((name) => SUITES.find((suite) => suite.name === name) ?? name);
  const unknown = suites.find((suite) => typeof suite === 'string');
  if (suites.length === 0 || unknown !== undefined) {
    if (unknown !== undefined) console.error(`There is no long run "${unknown}".`);
    console.error(`Usage: npm run soak -- <name> …\n${SUITES.map(({ name, what }) => `  ${name}  ${what}`).join('\n')}`);
    return 2;
  }
  return suites.every((suite) => typeof suite === 'string' || run(suite)) ? 0 : 1;
}

function run({ name, files, environment }: Suite): boolean {
  const found = files.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  if (found.length === 0) {
    console.error(`The long run "${name}" found no test file in ${files.join(', ')}.`);
    return false;
  }
  const { status } = spawnSync(process.execPath, ['--conditions=@spotproof/source', '--test', '--test-concurrency=1', ...found], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  });
  return status === 0;
}

process.exitCode = main();

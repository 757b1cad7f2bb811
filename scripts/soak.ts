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
    name: 'zero-loss',
    what: 'every cell of the promise that nothing is lost: each delay of deregistration, both rates, and with one core kept busy',
    files: ['test/lab/zero-loss.soak.ts'],
    environment: {},
  },
  {
    name: 'zero-loss',
    what: 'the lab under --protect in every promised order, at 240 and 1.5 requests/s, with several interruptions, and with one core kept busy (about 35 minutes)',
    files: ['test/lab/*.soak.ts'],
    environment: {},
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

// `npm run bench -- <name> [arguments]`: runs bench/src/<name>.bench.ts. Peers have a package.json and a lockfile of their own in bench/,
// installed on first use, so that nothing of ours ever depends on them.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './support/workspace.ts';

const BENCH = path.join(ROOT, 'bench');
const SUFFIX = '.bench.ts';

function main(): number {
  const [name, ...rest] = process.argv.slice(2);
  const names = globSync(`**/*${SUFFIX}`, { cwd: path.join(BENCH, 'src') })
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();
  if (name === undefined || !names.includes(name)) {
    if (name !== undefined) console.error(`There is no bench "${name}".`);
    console.error(
      `Usage: npm run bench -- <name> [arguments]\n${names.length === 0 ? '  (no bench exists yet)' : names.map((known) => `  ${known}`).join('\n')}`,
    );
    return 2;
  }
  if (!isInstalled()) {
    console.error('Installing the peers that bench/package-lock.json names (once) …');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' });
    if (status !== 0) return status ?? 3;
  }
  const { status, signal } = spawnSync(process.execPath, [path.join('src', `${name}${SUFFIX}`), ...rest], { cwd: BENCH, stdio: 'inherit' });
  return signal === 'SIGINT' ? 130 : (status ?? 3);
}

/** npm writes its own copy of the lockfile last, so it also tells a finished install from a broken one. */
function isInstalled(): boolean {
  const done = path.join(BENCH, 'node_modules', '.package-lock.json');
  if (!existsSync(done)) return false;
  const wanted: Lockfile = JSON.parse(readFileSync(path.join(BENCH, 'package-lock.json'), 'utf8'));
  const present: Lockfile = JSON.parse(readFileSync(done, 'utf8'));
  return Object.entries(wanted.packages).every(
    ([folder, entry]) => folder === '' || entry.optional === true || present.packages[folder]?.version === entry.version,
  );
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

process.exitCode = main();

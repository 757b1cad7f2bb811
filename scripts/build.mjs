// Builds every package's dist with the pinned TypeScript. Plain JavaScript: it runs before anything is built,
// on whatever Node the machine has, and during `npm ci` as the root `prepare` step.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
// Set by setup.mjs, which runs `npm ci` and then builds: a broken build must not make the install fail as well.
if (process.env.SPOTPROOF_BUILD === 'later') process.exit(0);
if (!existsSync(path.join(root, 'node_modules', 'typescript'))) {
  console.error('The build needs the development dependencies, and they are not installed. Run `npm ci` first.');
  process.exit(2);
}
for (const entry of readdirSync(path.join(root, 'packages'))) matchDistToSource(path.join(root, 'packages', entry));
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '--build', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 3);

/**
 * TypeScript leaves the output of a deleted source file where it is, and believes its own notes about what was built when dist was
 * deleted. Both would make the packages differ from a fresh clone's.
 */
function matchDistToSource(directory) {
  const dist = path.join(directory, 'dist');
  const sources = new Set(filesOf(path.join(directory, 'src')).map((file) => file.replace(/\.ts$/, '')));
  const built = filesOf(dist);
  for (const file of built) if (!sources.has(file.replace(/\.(?:js|d\.ts)(?:\.map)?$/, ''))) rmSync(path.join(dist, file));
  const whole = [...sources].every((file) => built.includes(`${file}.js`) && built.includes(`${file}.d.ts`));
  if (!whole) rmSync(path.join(directory, 'tsconfig.tsbuildinfo'), { force: true });
}

/** Paths of all files below a folder, relative to it; none when there is no such folder. */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
